"""May this lot leave quarantine? Every reason against it, from plain values.

The specification's lines are judged in ``specification.py``, the two signatures in ``signing.py``. Whether
this lot is for this patient, and whether it may be injected now, is asked again at the hand-over and at the
time-out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from stroma.custody.domain.states import LotState
from stroma.processing.domain.review import REVIEW_SOURCE
from stroma.protocols.domain.blocker import Blocker, Weight
from stroma.protocols.domain.schema import Donor
from stroma.release.domain.specification import Judgement, Verdict, code_for, specification_blockers

ELIGIBILITY_SOURCE = "21 CFR 1271.65, 1271.90 (clinical.md §6.4)"
LABEL_SOURCE = "21 CFR 1271.370 (clinical.md §6.5)"
CONSENT_SOURCE = "21 CFR 50.25 (clinical.md §6.6)"
EXPIRY_SOURCE = "clinical.md §1.5 RULE: processing end + validated hours of the formulation"
OOS_SOURCE = "FDA-OOS"
RELEASE_SOURCE = "clinical.md §1.7 RULE: two-stage release"

LATE_FAILURE_ACTIONS = (
    "notify_physician",
    "call_patient",
    "identify_organism",
    "consider_antibiotics",
    "open_deviation",
)
"""What a bad final result after use sets in motion (``clinical.md`` §1.7; the list is general knowledge)."""


class DonorEligibility(StrEnum):
    """What screening and testing of the donor said."""

    NOT_REQUIRED = "NOT_REQUIRED"
    """Autologous only."""
    INCOMPLETE = "INCOMPLETE"
    ELIGIBLE = "ELIGIBLE"
    INELIGIBLE = "INELIGIBLE"
    EXCEPTION = "EXCEPTION"
    """Ineligible, and used for a documented urgent need or a close relative: physician and quality signed."""


class ReleaseKind(StrEnum):
    """What a lot was let go on."""

    FULL = "FULL"
    """Every line of the specification is met."""
    CONDITIONAL = "CONDITIONAL"
    """Everything that can be known in time is good; a final result is still to come."""
    EXCEPTION = "EXCEPTION"
    """A line is not met and was excepted; a final result may be to come as well."""


@dataclass(frozen=True, slots=True)
class LabelCount:
    """Labels of a lot, reconciled: each one printed is on a container, destroyed or reported missing."""

    containers: int
    printed: int
    applied: int
    destroyed: int = 0
    missing: int = 0


@dataclass(frozen=True, slots=True)
class LotEvidence:
    """What is known of a lot when its release is asked for."""

    judgements: tuple[Judgement, ...]
    state: LotState
    expires_at: datetime | None
    donor: Donor
    donor_eligibility: DonorEligibility
    labels: LabelCount
    consent_withdrawn: bool = False
    """Of the one patient an autologous lot is for; a donor lot has many, each asked at the time-out."""
    course_stopped: bool = False
    """Likewise."""
    incomplete_steps: tuple[str, ...] = ()
    """Codes of the batch record's steps that are missing or lack their count."""
    open_findings: tuple[Blocker, ...] = ()
    """What the review of the batch record found and nobody has explained or accepted."""
    authorization_required: bool = False
    authorization_in_force: bool = False
    """An IND, a trial or an exemption on file that covers this protocol now."""
    legal_basis: str = ""
    """The protocol's box in law (``Legal.basis``), for the sentence."""
    legal_source: str = "21 CFR 312 (clinical.md §6.1)"
    """Where that box is written."""
    investigated: frozenset[str] = frozenset()
    """The lines that are, or were, under investigation."""
    open_investigations: frozenset[str] = frozenset()
    """The lines whose investigation is not concluded."""
    exception_basis: str = ""
    """Under what the protocol lets a lot be given out of specification; blank: never."""
    excepted: frozenset[str] = frozenset()
    """The reasons that a physician asked an exception for, having told the patient."""


def release_blockers(evidence: LotEvidence, *, at: datetime) -> list[Blocker]:
    """Every reason why the lot may not leave quarantine at ``at``; nothing hard or urgent means go.

    What the review of the batch record left open stands first: it is the nearest to be done. Lines with an exception
    allowed are overridable: a physician and quality together, with a reason. Cautions say that the release is
    conditional, or that a result was repeated.
    """
    blockers = _finding_blockers(evidence.open_findings)
    blockers += specification_blockers(evidence.judgements)
    blockers += _investigation_blockers(evidence)
    if evidence.exception_basis == "":
        blockers += [
            Blocker("exception_not_permitted", {"basis": evidence.legal_basis}, evidence.legal_source)
            for blocker in blockers
            if blocker.weight is Weight.OVERRIDABLE
        ][:1]
    if not evidence.judgements:
        blockers.append(Blocker("specification_missing", {}, RELEASE_SOURCE))
    if evidence.state is not LotState.QUARANTINE:
        blockers.append(Blocker("lot_not_in_quarantine", {"state": evidence.state.value}, RELEASE_SOURCE))
    blockers += _expiry_blockers(evidence, at)
    if evidence.consent_withdrawn:
        blockers.append(Blocker("consent_withdrawn", {}, CONSENT_SOURCE))
    if evidence.course_stopped:
        blockers.append(Blocker("course_stopped", {}, RELEASE_SOURCE))
    blockers += _donor_blockers(evidence)
    blockers += [
        Blocker("batch_incomplete", {"step": step}, "21 CFR 1271.270 (clinical.md §6.3)")
        for step in evidence.incomplete_steps
    ]
    blockers += _label_blockers(evidence.labels)
    if evidence.authorization_required and not evidence.authorization_in_force:
        blockers.append(
            Blocker("authorization_missing", {"basis": evidence.legal_basis}, evidence.legal_source)
        )
    return blockers


def unexcepted(blockers: Iterable[Blocker], evidence: LotEvidence) -> list[Blocker]:
    """The reasons that could be excepted and for which nobody asked it yet."""
    return [b for b in blockers if b.weight is Weight.OVERRIDABLE and b.code not in evidence.excepted]


def _finding_blockers(found: tuple[Blocker, ...]) -> list[Blocker]:
    if not found:
        return []
    return [Blocker("findings_open", {"findings": len(found)}, REVIEW_SOURCE), *found]


def _investigation_blockers(evidence: LotEvidence) -> list[Blocker]:
    names = {one.limit.code: one.limit.attribute for one in evidence.judgements}
    failed = [one.limit.code for one in evidence.judgements if one.verdict is Verdict.NOT_MET]
    missing = [code for code in failed if code not in evidence.investigated]
    return [
        *(Blocker("investigation_missing", {"attribute": names[code]}, OOS_SOURCE) for code in missing),
        *(
            Blocker("investigation_open", {"attribute": names.get(code, code)}, OOS_SOURCE)
            for code in sorted(evidence.open_investigations)
        ),
    ]


def release_kind(judgements: Iterable[Judgement]) -> ReleaseKind:
    """On what a lot that nothing stops any more is let go."""
    verdicts = {judgement.verdict for judgement in judgements}
    if Verdict.NOT_MET in verdicts:
        return ReleaseKind.EXCEPTION
    return ReleaseKind.CONDITIONAL if Verdict.NOT_DUE in verdicts else ReleaseKind.FULL


def late_failures(judgements: Iterable[Judgement]) -> list[Blocker]:
    """The final results that turned out bad after the lot was let go: urgent, with what must be done now."""
    return [
        Blocker(
            code_for(judgement) or "",
            {
                "attribute": judgement.limit.attribute,
                "actions": LATE_FAILURE_ACTIONS,
                "wording": "specification_failed_after_use",
            },
            judgement.limit.source,
            Weight.URGENT,
        )
        for judgement in judgements
        if judgement.limit.due == "final" and judgement.verdict is Verdict.NOT_MET
    ]


def _expiry_blockers(evidence: LotEvidence, at: datetime) -> list[Blocker]:
    if evidence.expires_at is None:
        return [Blocker("expiry_missing", {}, EXPIRY_SOURCE)]
    if at >= evidence.expires_at:
        return [Blocker("lot_expired", {"expires_at": evidence.expires_at, "at": at}, EXPIRY_SOURCE)]
    return []


def _donor_blockers(evidence: LotEvidence) -> list[Blocker]:
    if evidence.donor is not Donor.ALLOGENEIC:
        return []
    if evidence.donor_eligibility is DonorEligibility.ELIGIBLE:
        return []
    values = {"eligibility": evidence.donor_eligibility.value}
    if evidence.donor_eligibility is DonorEligibility.INELIGIBLE:
        return [Blocker("donor_ineligible", values, ELIGIBILITY_SOURCE)]
    if evidence.donor_eligibility is DonorEligibility.EXCEPTION:
        return [Blocker("donor_ineligible_excepted", values, ELIGIBILITY_SOURCE, Weight.CAUTION)]
    # "Not required" is no answer for a donor lot: it was never determined.
    return [Blocker("donor_eligibility_incomplete", values, ELIGIBILITY_SOURCE)]


def _label_blockers(labels: LabelCount) -> list[Blocker]:
    blockers: list[Blocker] = []
    if labels.applied < labels.containers or labels.containers == 0:
        values = {"containers": labels.containers, "applied": labels.applied}
        blockers.append(Blocker("label_not_applied", values, LABEL_SOURCE))
    if labels.printed != labels.applied + labels.destroyed + labels.missing:
        values = {
            "printed": labels.printed,
            "applied": labels.applied,
            "destroyed": labels.destroyed,
            "missing": labels.missing,
        }
        blockers.append(Blocker("labels_unaccounted", values, LABEL_SOURCE))
    return blockers
