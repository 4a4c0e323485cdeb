"""The protocol document: everything that differs between treatments, as data.

One TOML file holds one version of one protocol. The classes below are its schema; a field's docstring or
comment says what a clinic writes there. Anything clinical is :class:`Sourced`: it names the publication, law
or standard it rests on (keys of ``clinical.md`` §8), or says ``confirmed = false`` and is then an editable
default that a clinic checks. What a document means to the other steps (criteria to candidacy, visits to
planning, specification to release) is said there; here is only what may be written.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stroma.protocols.domain import coherence
from stroma.protocols.domain.blocker import Weight
from stroma.protocols.domain.duration import Duration
from stroma.protocols.domain.schema_parts import (
    Code,
    DonorWord,
    IndicationWord,
    IsoDate,
    Part,
    Positive,
    ProtocolId,
    RouteWord,
    SideWord,
    Sourced,
    TargetWord,
    Text,
    TissueWord,
    Version,
    WeightWord,
    refuse,
)
from stroma.protocols.domain.spine import Side, Target
from stroma.protocols.domain.vocabulary import CELL_ROUTES, Donor, Indication, Route, Tissue

__all__ = [
    "CELL_ROUTES",
    "AnotherTreatment",
    "Collection",
    "ConsentText",
    "Criterion",
    "Donor",
    "Dose",
    "FollowUp",
    "FollowUpTime",
    "Hold",
    "Indication",
    "InjectionTarget",
    "Legal",
    "Processing",
    "ProcessingStep",
    "Protocol",
    "Route",
    "Side",
    "Sourced",
    "SpecificationLimit",
    "StepReading",
    "Target",
    "Tissue",
    "Visit",
    "Weight",
]


class Legal(Sourced):
    """The box in law that a qualified person of the site has chosen; Stroma never works it out."""

    jurisdiction: Text
    as_of: IsoDate
    basis: Literal[
        "US_361", "US_351_IND", "US_PRACTICE_OF_MEDICINE", "EU_HOSPITAL_EXEMPTION", "STANDARD_CARE"
    ]
    approved: bool
    """False for every cell product for back pain in the United States; patients are told so."""
    authorization_required: bool
    """True: a site may open a course only under an authorization on file (an IND, a trial, an exemption)."""
    exception_basis: str = ""
    """Under what a lot that does not meet its specification may be given to its one patient; blank: never."""


class Criterion(Sourced):
    """One question of candidacy: the value must pass the test, else the reason weighs as said."""

    code: Code
    variable: Code
    """A name in the catalogue of ``stroma.protocols.domain.variables``."""
    test: Literal[">=", "<=", ">", "<", "==", "in", "is_true", "is_false"]
    limit: float | Text | list[Text] | None = None
    unit: str = ""
    weight: WeightWord
    title: Text
    """What the criterion asks, as a clinician would say it."""

    @model_validator(mode="after")
    def _limit_fits_test(self) -> Self:
        refuse(coherence.criterion_faults(self.model_dump()))
        return self


class InjectionTarget(Sourced):
    """Where the cells go and what the needle may bring."""

    target: TargetWord
    levels: list[str]
    sides: list[SideWord]
    maximum_levels: Annotated[int, Field(ge=1, le=5)]
    volume_ml_min: Positive
    volume_ml_max: Positive
    guidance: list[Literal["fluoroscopy", "ct", "ultrasound"]]
    carrier: Text

    @model_validator(mode="after")
    def _place_exists(self) -> Self:
        refuse(coherence.target_faults(self.model_dump()))
        return self


class Dose(Sourced):
    """What one treatment gives at one level; the dose of same-day concentrate is counted, not chosen."""

    viable_cells: Positive | None = None
    tolerance_fraction: Annotated[float, Field(ge=0, lt=1)] | None = None
    shelf_life: Duration
    """From the end of formulation to injection, validated for this formulation (``clinical.md`` §1.5)."""
    frozen_shelf_life: Duration | None = None
    """How long a frozen part may be kept before it is thawed; none where nothing is frozen."""
    storage: Literal["room_temperature", "refrigerated", "vapor_phase_nitrogen"]
    formulation: Text


class Collection(Sourced):
    """How the tissue is taken."""

    procedure: Text
    amount_min: Positive
    amount_max: Positive
    unit: Literal["mL", "g", "cm", "tooth"]
    anticoagulant: str = ""
    hours_to_processing_max: Positive


class StepReading(Sourced):
    """A value that is read at a step, with its limits. Outside of them it is taken with a reason only."""

    code: Code
    title: Text
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None

    @model_validator(mode="after")
    def _limits_are_in_order(self) -> Self:
        refuse(coherence.reading_faults(self.model_dump()))
        return self


class ProcessingStep(Sourced):
    """One step of the batch record, in order."""

    code: Code
    kind: Literal[
        "receive", "concentrate", "digest", "seed", "feed", "passage", "harvest", "formulate", "fill", "thaw"
    ]
    title: Text
    after: Duration | None = None
    """Expected time since the step before."""
    count: bool = False
    """True: ends with a cell count and viability."""
    within: Duration | None = None
    """At most this long after the step before. Later, it is done with a reason only."""
    equipment: list[Code] = []
    """The kinds of equipment that are scanned: clean, calibrated, in service."""
    reagents: list[Code] = []
    """The kinds of reagent whose lots are scanned: released by quality, not expired."""
    readings: list[StepReading] = []

    # ``thaw`` is done on a part that was frozen and set aside for one treatment; every other step on the lot.


class Processing(Sourced):
    """What the laboratory does, and where it must stop."""

    steps: Annotated[list[ProcessingStep], Field(min_length=1)]
    passages_max: Annotated[int, Field(ge=0)] | None = None
    cumulative_population_doublings_max: Positive | None = None
    seeding_density_per_cm2: Positive | None = None
    pooling_allowed: bool = False
    """True: containers of one lot may be poured together. Two lots never are."""


class Transport(Sourced):
    """How warm and how cold the product may get on the way, and for how long in all."""

    minimum_c: float | None = None
    maximum_c: float
    minutes_outside_max: Annotated[int, Field(ge=0)] = 0
    """More minutes outside in all are an excursion; what was in the box is quarantined."""

    @model_validator(mode="after")
    def _limits_are_in_order(self) -> Self:
        refuse(coherence.transport_faults(self.model_dump()))
        return self


class SpecificationLimit(Sourced):
    """One line of the release specification."""

    code: Code
    attribute: Text
    kind: Literal["number", "absence", "pass"]
    """``number`` has a minimum or maximum; ``absence`` wants "not detected" or "no growth"; ``pass``,
    "pass"."""
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    due: Literal["release", "final"] = "release"
    """``final`` results (14-day sterility) arrive after use; they hold no release but are never forgotten."""
    for_recipient: bool = False
    """True: means nothing without a recipient (a limit per kilogram), so a bank lot is not judged on it."""
    exception_allowed: bool = False
    """True: a physician and quality together may release in spite of it, with a reason."""
    within_error: Literal["caution", "block"] = "caution"
    """What it means that the limit lies inside the 95 % interval of a result which meets it: ``block`` stops."""
    method: str = ""

    @model_validator(mode="after")
    def _limits_fit_kind(self) -> Self:
        refuse(coherence.specification_faults(self.model_dump()))
        return self


class Characterization(Sourced):
    """A test that describes the product and decides no release: no limit is accepted for it."""

    code: Annotated[Code, Field(pattern=r"^differentiation_")]
    attribute: Text
    stain: Literal["alizarin-red", "oil-red-o", "alcian-blue"]
    unit: Literal["%"] = "%"
    """Of the area of the photograph."""
    method: str = ""


class Visit(Part):
    """One appointment of the chain and what it takes."""

    code: Code
    title: Text
    # A visit at stage "inject" gives treatment; so do a therapy session and an operation. Follow-up counts
    # from the first of them.
    stage: Literal[
        "right_for_me", "when", "collect", "process", "release", "inject", "recover", "did_it_work"
    ]
    after: Code | None = None
    """The visit from whose start the lag counts; none for the first."""
    earliest: Duration | None = None
    latest: Duration | None = None
    duration: Duration
    staff: list[
        Literal["coordinator", "physiatrist", "nurse", "technologist", "quality", "therapist", "surgeon"]
    ] = []
    rooms: list[
        Literal["consulting_room", "procedure_room", "laboratory", "therapy_room", "operating_room"]
    ] = []
    equipment: list[Literal["c_arm", "centrifuge", "biosafety_cabinet", "incubator_place"]] = []
    patient: bool = True
    """False: laboratory work that the patient does not attend."""
    remote: bool = False
    source: str = ""
    confirmed: bool = True
    """False: lengths and lags are judgment or general knowledge, an editable default."""
    note: str = ""


class Hold(Sourced):
    """Something kept for days: one of a kind, from the day of one visit through the day of another."""

    code: Code
    title: Text
    """What it is kept for, as the board says it."""
    kind: Literal["c_arm", "centrifuge", "biosafety_cabinet", "incubator_place"]
    """One of the kinds of ``equipment``. A visit of the same protocol does not take it beside."""
    begins: Code
    """The visit on whose day it begins."""
    ends: Code
    """The visit through whose day it is kept; it follows from ``begins``, if not at once."""


class FollowUpTime(Part):
    """A time at which the questionnaires are due, with the window in which an answer counts for it."""

    code: Code
    after: Duration
    early: Duration
    late: Duration


class FollowUp(Sourced):
    """How the patient is followed, counted from treatment; the same for cells and traditional care."""

    instruments: Annotated[
        list[Literal["NRS_BACK", "NRS_LEG", "PEG", "RMDQ", "ODI", "PGIC"]], Field(min_length=1)
    ]
    times: Annotated[list[FollowUpTime], Field(min_length=1)]


class AnotherTreatment(Sourced):
    """When a further treatment may be given, or is planned from the start (a series)."""

    kind: Literal["none", "rule", "series"]
    treatments: Annotated[int, Field(ge=1, le=12)] = 1
    """How many treatments a series plans in all."""
    interval: Duration | None = None
    """``series``: from one treatment to the next. ``rule``: the earliest time for another one."""
    pain_nrs_min: float | None = None
    """``rule``: another treatment is considered when pain is at least this."""
    improvement_fraction_min: float | None = None
    """``rule``: and pain had fallen by at least this fraction after the first."""

    @model_validator(mode="after")
    def _series_is_complete(self) -> Self:
        refuse(coherence.another_treatment_faults(self.model_dump()))
        return self


class ConsentText(Part):
    """The consent form of this protocol: its version and what it must say (``clinical.md`` §6.6)."""

    version: Text
    waiting: Duration
    points: Annotated[list[Text], Field(min_length=1)]
    source: Text
    confirmed: bool = True
    note: str = ""


class Protocol(Part):
    """One version of one protocol."""

    schema_version: Literal[1]
    id: ProtocolId
    version: Version
    title: Text
    summary: Text
    indication: IndicationWord
    source: TissueWord
    donor: DonorWord
    route: RouteWord
    research_only: bool = False
    product: str = ""
    """Name of the product, with the tissue in brackets: MSC(M), MSC(AT), MSC(WJ) (``standards.md`` §1.6)."""
    legal: Legal
    criteria: Annotated[list[Criterion], Field(min_length=1)]
    consent: ConsentText
    target: InjectionTarget | None = None
    dose: Dose | None = None
    collection: Collection | None = None
    processing: Processing | None = None
    transport: Transport | None = None
    """Limits of a transport of what is not frozen; without it the site's own for ``dose.storage``, else the shipped
    ones (room temperature 15 to 25 °C, refrigerated 2 to 8 °C, frozen -150 °C or colder, no minute outside)."""
    specification: list[SpecificationLimit] = []
    characterization: list[Characterization] = []
    """What is measured of the product for information: it holds no release."""
    visits: Annotated[list[Visit], Field(min_length=1)]
    holds: list[Hold] = []
    """What is kept for days on end, beside what each visit takes: a place in the incubator for a culture."""
    follow_up: FollowUp
    another_treatment: AnotherTreatment

    @property
    def gives_cells(self) -> bool:
        """Whether this treatment gives cells; the traditional ones do not."""
        return self.route in CELL_ROUTES

    @property
    def key(self) -> str:
        """``id@version``."""
        return f"{self.id}@{self.version}"

    @property
    def treatment_visits(self) -> list[Visit]:
        """The visits that give treatment (stage ``inject``), in order; follow-up counts from the first."""
        return [visit for visit in self.visits if visit.stage == "inject"]

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        refuse(coherence.protocol_faults(self.model_dump()))
        return self
