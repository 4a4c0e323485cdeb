"""The protocol document: everything that differs between treatments, as data.

One TOML file holds one version of one protocol. The classes below are its schema; a field's docstring or comment says
what a clinic writes there. Anything clinical is :class:`Sourced`: it names the publication, law or standard it rests
on (keys of ``clinical.md`` §8), or says ``confirmed = false`` and is then an editable default that a clinic checks.
What a document means to the other steps (criteria to candidacy, visits to planning, specification to release) is
said there; here is only what may be written.
"""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from stroma.protocols.domain.blocker import Weight
from stroma.protocols.domain.duration import Duration
from stroma.protocols.domain.spine import DISC_LEVELS, LATERAL_TARGETS, LEVELS, Side, Target

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
ProtocolId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=60)]
Version = Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Indication(StrEnum):
    """What is treated."""

    DISCOGENIC_LOW_BACK_PAIN = "discogenic_low_back_pain"
    FACET_JOINT_PAIN = "facet_joint_pain"
    SCIATICA_CONTAINED_HERNIATION = "sciatica_contained_herniation"
    LOW_BACK_PAIN = "low_back_pain"  # traditional treatments are not tied to one structure


class Tissue(StrEnum):
    """Where the stromal cells come from; ``none`` for traditional treatments."""

    BONE_MARROW = "bone_marrow"
    ADIPOSE = "adipose"
    UMBILICAL_CORD = "umbilical_cord"
    DENTAL_PULP = "dental_pulp"
    NONE = "none"


class Route(StrEnum):
    """How cells become a product. The first two are different things in law and in practice (``clinical.md`` §2.1)."""

    SAME_DAY = "same_day"
    EXPANDED = "expanded"
    MEDICATION = "medication"
    PHYSICAL_THERAPY = "physical_therapy"
    SURGERY = "surgery"


CELL_ROUTES = frozenset({Route.SAME_DAY, Route.EXPANDED})


class Donor(StrEnum):
    """Whose cells."""

    AUTOLOGOUS = "autologous"
    ALLOGENEIC = "allogeneic"
    NONE = "none"


class Part(BaseModel):
    """A piece of the document: nothing unknown is let through, nothing can be changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Sourced(Part):
    """A statement with the place it comes from."""

    source: Text
    """Keys of clinical.md §8, a clause of law, or "general knowledge"."""

    confirmed: bool = True
    """False: marked there as unconfirmed; an editable default that a physician of the site must check."""

    note: str = ""


class Legal(Sourced):
    """The box in law that a qualified person of the site has chosen; Stroma never works it out."""

    jurisdiction: Text
    as_of: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    basis: Literal["US_361", "US_351_IND", "US_PRACTICE_OF_MEDICINE", "EU_HOSPITAL_EXEMPTION", "STANDARD_CARE"]
    approved: bool
    """False for every cell product for back pain in the United States; patients are told so."""
    authorization_required: bool
    """True: a site may open a course only under an authorization on file (an IND, a trial, an exemption)."""


class Criterion(Sourced):
    """One question of candidacy: the value must pass the test, else the reason weighs as said."""

    code: Code
    variable: Code
    """A name in the catalogue of ``stroma.candidacy.domain.variables``."""
    test: Literal[">=", "<=", ">", "<", "==", "in", "is_true", "is_false"]
    limit: float | str | list[str] | None = None
    unit: str = ""
    weight: Weight
    title: Text
    """What the criterion asks, as a clinician would say it."""

    @model_validator(mode="after")
    def _limit_fits_test(self) -> Self:
        if self.test in {">=", "<=", ">", "<"} and not isinstance(self.limit, float):
            raise ValueError(f"test {self.test!r} needs a number as limit")
        if self.test == "in" and not isinstance(self.limit, list):
            raise ValueError("test 'in' needs a list as limit")
        if self.test in {"is_true", "is_false"} and self.limit is not None:
            raise ValueError(f"test {self.test!r} takes no limit")
        if self.test == "==" and not isinstance(self.limit, str | float):
            raise ValueError("test '==' needs a word or a number as limit")
        return self


class InjectionTarget(Sourced):
    """Where the cells go and what the needle may bring."""

    target: Target
    levels: list[str]
    sides: list[Side]
    maximum_levels: Annotated[int, Field(ge=1, le=5)]
    volume_ml_min: Annotated[float, Field(gt=0)]
    volume_ml_max: Annotated[float, Field(gt=0)]
    guidance: list[Literal["fluoroscopy", "ct", "ultrasound"]]
    carrier: Text

    @model_validator(mode="after")
    def _place_exists(self) -> Self:
        known = DISC_LEVELS if self.target is Target.DISC_NUCLEUS else LEVELS
        if unknown := [level for level in self.levels if level not in known]:
            raise ValueError(f"levels {', '.join(unknown)} do not exist for {self.target}; a level is written L4-L5")
        if not self.levels:
            raise ValueError("levels must name at least one level")
        lateral = self.target in LATERAL_TARGETS
        if lateral != (Side.MIDLINE not in self.sides) or not self.sides:
            raise ValueError(f"sides of {self.target} must be {'LEFT, RIGHT or BOTH' if lateral else 'MIDLINE'}")
        if self.volume_ml_min > self.volume_ml_max:
            raise ValueError("volume_ml_min is above volume_ml_max")
        return self


class Dose(Sourced):
    """What one treatment gives at one level. Same-day concentrate has a volume and a counted, not a chosen, dose."""

    viable_cells: Annotated[float, Field(gt=0)] | None = None
    tolerance_fraction: Annotated[float, Field(ge=0, lt=1)] | None = None
    shelf_life: Duration
    """From the end of formulation to injection, validated for this formulation (``clinical.md`` §1.5, RULE)."""
    storage: Literal["room_temperature", "refrigerated", "vapor_phase_nitrogen"]
    formulation: Text


class Collection(Sourced):
    """How the tissue is taken."""

    procedure: Text
    amount_min: Annotated[float, Field(gt=0)]
    amount_max: Annotated[float, Field(gt=0)]
    unit: Literal["mL", "g", "cm", "tooth"]
    anticoagulant: str = ""
    hours_to_processing_max: Annotated[float, Field(gt=0)]


class ProcessingStep(Sourced):
    """One step of the batch record, in order."""

    code: Code
    kind: Literal["receive", "concentrate", "digest", "seed", "feed", "passage", "harvest", "formulate", "fill"]
    title: Text
    after: Duration | None = None
    """Expected time since the step before."""
    count: bool = False
    """True: ends with a cell count and viability."""


class Processing(Sourced):
    """What the laboratory does, and where it must stop."""

    steps: Annotated[list[ProcessingStep], Field(min_length=1)]
    passages_max: Annotated[int, Field(ge=0)] | None = None
    cumulative_population_doublings_max: Annotated[float, Field(gt=0)] | None = None
    seeding_density_per_cm2: Annotated[float, Field(gt=0)] | None = None


class SpecificationLimit(Sourced):
    """One line of the release specification."""

    code: Code
    attribute: Text
    kind: Literal["number", "absence", "pass"]
    """``number`` has a minimum or maximum; ``absence`` wants "not detected"/"no growth"; ``pass`` wants "pass"."""
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    due: Literal["release", "final"] = "release"
    """``final`` results (14-day sterility) arrive after use; they do not hold a release but are never forgotten."""
    exception_allowed: bool = False
    """True: a physician and quality together may release in spite of it, with a reason."""
    method: str = ""

    @model_validator(mode="after")
    def _limits_fit_kind(self) -> Self:
        if (self.kind == "number") != (self.minimum is not None or self.maximum is not None):
            raise ValueError("a number needs a minimum or a maximum; absence and pass take neither")
        return self


class Visit(Part):
    """One appointment of the chain and what it takes."""

    code: Code
    title: Text
    stage: Literal["right_for_me", "when", "collect", "process", "release", "inject", "recover", "did_it_work"]
    after: Code | None = None
    """The visit from whose start the lag counts; none for the first."""
    earliest: Duration | None = None
    latest: Duration | None = None
    duration: Duration
    staff: list[Literal["coordinator", "physiatrist", "nurse", "technologist", "quality", "therapist", "surgeon"]] = []
    rooms: list[Literal["consulting_room", "procedure_room", "laboratory", "therapy_room", "operating_room"]] = []
    equipment: list[Literal["c_arm", "centrifuge", "biosafety_cabinet", "incubator_place"]] = []
    patient: bool = True
    """False: laboratory work that the patient does not attend."""
    remote: bool = False
    source: str = ""


class FollowUpTime(Part):
    """A time at which the questionnaires are due, with the window in which an answer counts for it."""

    code: Code
    after: Duration
    early: Duration
    late: Duration


class FollowUp(Sourced):
    """How the patient is followed, counted from treatment; the same for cells and traditional care."""

    instruments: Annotated[list[Literal["NRS_BACK", "NRS_LEG", "PEG", "RMDQ", "ODI", "PGIC"]], Field(min_length=1)]
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
        if self.kind == "series" and (self.treatments < 2 or self.interval is None):
            raise ValueError("a series needs at least two treatments and the interval between them")
        return self


class ConsentText(Part):
    """The consent form of this protocol: its version and what it must say (``clinical.md`` §6.6)."""

    version: Text
    waiting: Duration
    points: Annotated[list[Text], Field(min_length=1)]
    source: Text
    confirmed: bool = True


class Protocol(Part):
    """One version of one protocol."""

    schema_version: Literal[1]
    id: ProtocolId
    version: Version
    title: Text
    summary: Text
    indication: Indication
    source: Tissue
    donor: Donor
    route: Route
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
    specification: list[SpecificationLimit] = []
    visits: Annotated[list[Visit], Field(min_length=1)]
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

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        faults = [*self._cell_faults(), *self._visit_faults(), *self._repeated_codes()]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _cell_faults(self) -> list[str]:
        parts = {"target": self.target, "dose": self.dose, "collection": self.collection, "processing": self.processing}
        if not self.gives_cells:
            named = [name for name, part in parts.items() if part is not None]
            faults = [f"{', '.join(named)} belong to a treatment with cells"] if named else []
            if self.source is not Tissue.NONE or self.donor is not Donor.NONE or self.specification:
                faults.append('a traditional treatment has source "none", donor "none" and no specification')
            return faults
        faults = [f"{name} is missing: a treatment with cells needs it" for name, part in parts.items() if part is None]
        if not self.specification:
            faults.append("specification is missing: cells are released against one")
        if self.source is Tissue.NONE or self.donor is Donor.NONE:
            faults.append("source and donor must be named for a treatment with cells")
        if self.route is Route.SAME_DAY and self.donor is Donor.ALLOGENEIC:
            faults.append("same-day concentrate is the patient's own")
        if self.route is Route.EXPANDED and (self.dose is None or self.dose.viable_cells is None):
            faults.append("dose.viable_cells is missing: an expanded product has a chosen dose")
        if not self.product:
            faults.append("product is missing: name the cells and their tissue, such as MSC(M)")
        return faults

    def _visit_faults(self) -> list[str]:
        faults, seen = [], set[str]()
        for number, visit in enumerate(self.visits):
            if (visit.after is None) != (number == 0):
                faults.append(f"visits[{number}].after: the first visit follows none, every other one names a visit")
            elif visit.after is not None and visit.after not in seen:
                faults.append(f"visits[{number}].after: {visit.after!r} is no earlier visit")
            if visit.after is not None and (visit.earliest is None or visit.latest is None):
                faults.append(f"visits[{number}]: earliest and latest are both needed")
            elif visit.earliest and visit.latest and visit.earliest > visit.latest:
                faults.append(f"visits[{number}]: earliest is after latest")
            seen.add(visit.code)
        return faults

    def _repeated_codes(self) -> list[str]:
        groups = {
            "criteria": [c.code for c in self.criteria],
            "specification": [s.code for s in self.specification],
            "visits": [v.code for v in self.visits],
            "follow_up.times": [t.code for t in self.follow_up.times],
            "processing.steps": [s.code for s in self.processing.steps] if self.processing else [],
        }
        return [
            f"{name}: code {code!r} is used {codes.count(code)} times"
            for name, codes in groups.items()
            for code in sorted(set(codes))
            if codes.count(code) > 1
        ]
