"""Reads about assessments."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext

from stroma.candidacy.domain.findings import Finding, findings
from stroma.candidacy.domain.red_flags import RED_FLAGS
from stroma.candidacy.models import Assessment, Decision
from stroma.clinic.access import Person
from stroma.clinic.models import AdoptedProtocol, Site
from stroma.clinic.queries import adopted_protocol, authorization_for, protocol_of
from stroma.ledger.domain.canonical import canonical, digest
from stroma.patients.access import patient_seen_by
from stroma.patients.models import Patient
from stroma.patients.queries import intake_of
from stroma.protocols.domain.blocker import Blocker, Weight
from stroma.protocols.domain.schema import Protocol
from stroma.protocols.domain.variables import VARIABLES


def stored_blockers(assessment: Assessment) -> list[Blocker]:
    """The reasons as they were found when the assessment was made."""
    return [Blocker(b["code"], b["values"], b["source"], Weight(b["weight"])) for b in assessment.blockers]


def move_assessments(duplicate: Patient, survivor: Patient) -> None:
    """What a merge of patient records does to assessments: a course opened on one is the surviving record's."""
    Assessment.objects.filter(patient=duplicate).update(patient=survivor)


def decision_digest(assessment: Assessment) -> str:
    """The digest of what a deciding physiatrist is shown: the answers, the red flags and the reasons."""
    shown = {
        "assessment": str(assessment.id),
        "salt": assessment.salt,
        "protocol": str(assessment.protocol_id),
        "answers": [{**answer, "value": str(answer["value"])} for answer in assessment.answers],
        "red_flags": assessment.red_flags,
        "blockers": [
            {"code": b["code"], "weight": b["weight"], "source": b["source"]} for b in assessment.blockers
        ],
    }
    return digest(canonical(shown))


def assessment_seen_by(person: Person, assessment_id: UUID, *, page: str, at: datetime) -> Assessment:
    """The assessment, after noting who looked. Raises Http404 for one of a patient who is not theirs."""
    found = (
        Assessment.objects.filter(pk=assessment_id)
        .select_related("patient", "protocol", "site", "assessed_by")
        .first()
    )
    if found is None:
        raise Http404("no such assessment")
    patient_seen_by(person, found.patient_id, page=page, at=at)
    return found


def decision_of(assessment: Assessment) -> Decision | None:
    """What was decided on it, if anything was."""
    return Decision.objects.filter(assessment=assessment).select_related("signature", "decided_by").first()


def decision_seen_by(person: Person, decision_id: UUID, *, page: str, at: datetime) -> Decision:
    """The decision, after noting who looked. Raises Http404 for one about a patient who is not theirs."""
    found = (
        Decision.objects.filter(pk=decision_id)
        .select_related("assessment__patient", "assessment__protocol", "assessment__site")
        .first()
    )
    if found is None:
        raise Http404("no such decision")
    patient_seen_by(person, found.assessment.patient_id, page=page, at=at)
    return found


@dataclass(frozen=True, slots=True)
class Offer:
    """A treatment the site offers, and whether it may be given there now."""

    protocol: Protocol
    is_authorized: bool


def offered_protocols(site: Site, *, at: datetime) -> list[Offer]:
    """The newest version of each protocol that ``site`` adopted, cells first."""
    newest: dict[str, AdoptedProtocol] = {}
    for adopted in AdoptedProtocol.objects.filter(site=site).order_by("adopted_at"):
        newest[adopted.protocol_id] = adopted
    offers = []
    for protocol in map(protocol_of, newest.values()):
        needs = protocol.legal.authorization_required
        has = not needs or authorization_for(site, protocol.id, at=at) is not None
        offers.append(Offer(protocol, has))
    return sorted(offers, key=lambda offer: (not offer.protocol.gives_cells, offer.protocol.title))


def offered_protocol(site: Site, protocol_id: str) -> AdoptedProtocol:
    """The newest version of that protocol at ``site``. Raises Http404 for one it does not offer."""
    try:
        return adopted_protocol(site, protocol_id)
    except AdoptedProtocol.DoesNotExist:
        raise Http404("this site does not offer that protocol") from None


def findings_of(patient: Patient, *, at: datetime) -> dict[str, Finding]:
    """What the patient's record says about what candidacy asks."""
    return findings(intake_of(patient), at=at)


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """An answer as a reviewer reads it: the question, the value with its unit, and where it came from."""

    question: str
    value: Any
    unit: str
    origin: str
    basis: str
    note: str

    @property
    def value_text(self) -> str:
        """The value as it is read: yes or no, a word, or a number with its unit."""
        if isinstance(self.value, bool):
            return gettext("yes") if self.value else gettext("no")
        number = f"{self.value:g}" if isinstance(self.value, float) else gettext(str(self.value))
        return f"{number} {self.unit}".strip()


def shown_answers(assessment: Assessment) -> list[ShownAnswer]:
    """The answers in the order in which they are asked; assumed ones say so."""
    order = list(VARIABLES)
    rows = sorted(
        assessment.answers,
        key=lambda a: order.index(a["variable"]) if a["variable"] in VARIABLES else len(order),
    )
    return [
        ShownAnswer(
            gettext(VARIABLES[a["variable"]].question) if a["variable"] in VARIABLES else a["variable"],
            a["value"],
            gettext(VARIABLES[a["variable"]].unit) if a["variable"] in VARIABLES else "",
            a["origin"],
            a["basis"],
            a["note"],
        )
        for a in rows
    ]


def shown_red_flags(assessment: Assessment) -> list[tuple[str, bool | None]]:
    """Each red flag's question with its answer; None was not asked."""
    return [(gettext(flag.question), assessment.red_flags.get(flag.code)) for flag in RED_FLAGS]
