"""Adverse events: how severe, how serious, from what, and by when an authority must hear of it.

Severity (the CTCAE grade) and seriousness are two things: a severe headache is grade 3 and not serious, a
mild infection that keeps a patient in hospital is serious (``clinical.md`` §5.3). The free text of an event
is kept elsewhere and never comes here.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from stroma.protocols.domain.blocker import Blocker, Weight
from stroma.protocols.domain.problem import Problem

GRADES: dict[int, str] = {
    1: "mild or no symptoms; nothing needed",
    2: "moderate; local or non-invasive treatment; limits instrumental daily activity",
    3: "severe, not immediately life-threatening; hospital stay; limits self-care",
    4: "life-threatening; urgent intervention",
    5: "death",
}
"""CTCAE v5.0, 27 Nov 2017 (``clinical.md`` §5.3)."""


class Seriousness(StrEnum):
    """What makes an event serious; any one is enough (21 CFR 312.32, SAE32)."""

    DEATH = "DEATH"
    LIFE_THREATENING = "LIFE_THREATENING"
    HOSPITAL_STAY = "HOSPITAL_STAY"
    INCAPACITY = "INCAPACITY"
    CONGENITAL_ANOMALY = "CONGENITAL_ANOMALY"
    IMPORTANT_MEDICAL_EVENT = "IMPORTANT_MEDICAL_EVENT"


class RelatedTo(StrEnum):
    """What the event may come from."""

    COLLECTION = "COLLECTION"
    CELLS = "CELLS"
    INJECTION = "INJECTION"
    SEDATION = "SEDATION"
    NONE = "NONE"


class Relation(StrEnum):
    """How likely it comes from that."""

    UNRELATED = "UNRELATED"
    UNLIKELY = "UNLIKELY"
    POSSIBLE = "POSSIBLE"
    PROBABLE = "PROBABLE"
    DEFINITE = "DEFINITE"


SUSPECTED = frozenset({Relation.POSSIBLE, Relation.PROBABLE, Relation.DEFINITE})
"""A reasonable possibility of a cause. RULE: any part of the treatment counts, not the cells alone."""

LEGAL_BASES = frozenset(
    {"US_361", "US_351_IND", "US_PRACTICE_OF_MEDICINE", "EU_HOSPITAL_EXEMPTION", "STANDARD_CARE"}
)
"""The boxes in law that a protocol can name (``Legal.basis``)."""


@dataclass(frozen=True, slots=True)
class AdverseEvent:
    """One event as a clinician judged it."""

    ctcae_grade: int
    seriousness: frozenset[Seriousness]
    related_to: RelatedTo
    relation: Relation
    is_expected: bool
    """Whether the protocol or the product's documents name it in this severity."""
    onset_at: datetime
    ended_at: datetime | None = None
    communicable_disease_suspected: bool = False
    """An infection that the product may have carried."""

    @property
    def is_serious(self) -> bool:
        """Whether any criterion of seriousness holds."""
        return bool(self.seriousness)

    @property
    def is_suspected(self) -> bool:
        """Whether the treatment is a reasonable cause."""
        return self.relation in SUSPECTED


@dataclass(frozen=True, slots=True)
class ReportingDuty:
    """By when an authority must be told, in calendar days from when the site learned of the event."""

    days: int
    source: str
    confirmed: bool
    """False: not yet checked against the law; an editable default."""

    def due_at(self, learned_at: datetime) -> datetime:
        """The last moment for the report."""
        return learned_at + timedelta(days=self.days)


def reporting_deadline(event: AdverseEvent, legal_basis: str) -> ReportingDuty | None:
    """The expedited report an event asks for under the protocol's legal basis; None when it asks for none.

    Under an IND: serious, unexpected and suspected, within 15 days, or 7 when fatal or life-threatening.
    Section 361: an adverse reaction that involves a communicable disease, within 15 days. European exemption:
    the vigilance of authorised products, serious and suspected, within 15 days. None of the day counts is
    confirmed. None is no leave to be silent: a hospital's, an ethics board's or a sponsor's rules come on
    top. Raises ValueError for a legal basis that a protocol cannot name.
    """
    if legal_basis not in LEGAL_BASES:
        raise ValueError(f"{legal_basis!r} is no legal basis; there are {', '.join(sorted(LEGAL_BASES))}")
    if legal_basis == "US_351_IND" and event.is_serious and event.is_suspected and not event.is_expected:
        worst = {Seriousness.DEATH, Seriousness.LIFE_THREATENING} & event.seriousness
        source = "21 CFR 312.32 (clinical.md §5.3, general knowledge)"
        return ReportingDuty(7 if worst else 15, source, confirmed=False)
    if legal_basis == "US_361" and event.communicable_disease_suspected and event.is_suspected:
        return ReportingDuty(15, "21 CFR 1271.350 (clinical.md §5.3, general knowledge)", confirmed=False)
    if legal_basis == "EU_HOSPITAL_EXEMPTION" and event.is_serious and event.is_suspected:
        source = "EUHE (clinical.md §6.2: vigilance as for authorised products; days general knowledge)"
        return ReportingDuty(15, source, confirmed=False)
    return None


def adverse_event_problems(event: AdverseEvent, *, at: datetime) -> list[Problem]:
    """Every fault that keeps an event from being recorded at ``at``."""
    problems: list[Problem] = []
    if event.ctcae_grade not in GRADES:
        problems.append(Problem("grade_unknown", "the CTCAE grade is 1 to 5", place="ctcae_grade"))
    if (event.ctcae_grade == 5) != (Seriousness.DEATH in event.seriousness):
        message = "grade 5 and death go together: give both or neither"
        problems.append(Problem("grade_and_death_differ", message, place="seriousness"))
    if (event.related_to is RelatedTo.NONE) != (event.relation is Relation.UNRELATED):
        message = "an unrelated event is related to nothing, any other names what it may come from"
        problems.append(Problem("relation_without_cause", message, place="related_to"))
    if event.onset_at > at:
        problems.append(Problem("onset_in_the_future", "the onset lies in the future", place="onset_at"))
    if event.ended_at is not None and event.ended_at < event.onset_at:
        problems.append(Problem("end_before_onset", "the end lies before the onset", place="ended_at"))
    if event.ended_at is not None and event.ended_at > at:
        problems.append(Problem("end_in_the_future", "the end lies in the future", place="ended_at"))
    return problems


def report_problems(
    event: AdverseEvent, verbatim: str, is_fatal: bool, code_system: str, code: str, *, at: datetime
) -> list[Problem]:
    """Every fault that keeps a report on an event from being recorded at ``at``: the event's own and the words'."""
    problems = adverse_event_problems(event, at=at)
    if not verbatim.strip():
        problems.append(Problem("verbatim_missing", "say what happened, in words", place="verbatim"))
    if is_fatal != (event.ctcae_grade == max(GRADES)):
        message = "grade 5 and a fatal outcome go together: give both or neither"
        problems.append(Problem("grade_and_outcome_differ", message, place="outcome"))
    if bool(code) != bool(code_system):
        message = "a code and the system it comes from go together: give both or neither"
        problems.append(Problem("code_without_system", message, place="code"))
    return problems


def adverse_event_cautions(event: AdverseEvent) -> list[Blocker]:
    """What is possible but asks for a second look: severity and seriousness that rarely stand apart."""
    cautions: list[Blocker] = []
    source = "CTCAE, SAE32 (clinical.md §5.3)"
    values = {"grade": event.ctcae_grade}
    if event.ctcae_grade == 4 and Seriousness.LIFE_THREATENING not in event.seriousness:
        cautions.append(Blocker("grade_4_not_life_threatening", values, source, Weight.CAUTION))
    if event.ctcae_grade < 4 and Seriousness.LIFE_THREATENING in event.seriousness:
        cautions.append(Blocker("life_threatening_below_grade_4", values, source, Weight.CAUTION))
    return cautions
