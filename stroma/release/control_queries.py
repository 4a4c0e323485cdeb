"""Reads about controls: their targets, what a run would mean, what a failure covers, and what is held."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from stroma.clinic.models import AdoptedProtocol, Site
from stroma.clinic.queries import protocol_of
from stroma.custody.domain.states import LotState
from stroma.custody.models import Lot
from stroma.ledger.locks import rows_to_change
from stroma.processing.models import BatchStep
from stroma.release.domain.controls import Rule, RunVerdict, Target, broken_rules, learned_target, verdict_of
from stroma.release.domain.derived import FROM_THE_COUNT, measured_codes
from stroma.release.models import AssayResult, ControlMaterial, ControlRun, ResultHold, ResultHoldLift

WITHOUT_A_RUN = timedelta(days=1)
"""How far back a failure reaches where no run of the control ever passed (general knowledge: controls are "
"run daily)."""
PASSED = (RunVerdict.IN_CONTROL.value, RunVerdict.WARNING.value)
_LIFTED = Exists(ResultHoldLift.objects.filter(hold=OuterRef("pk")))
_HOLDS_WHAT = ("result__lot", "step__batch__lot")


@dataclass(frozen=True, slots=True)
class ControlState:
    """A control as the list shows it: its newest run, and how many results it holds now."""

    material: ControlMaterial
    newest: ControlRun | None
    held: int


def controls_at(site: Site) -> list[ControlState]:
    """The controls of a site, those that hold something first."""
    held: dict[UUID, int] = {}
    for material_id in ResultHold.objects.exclude(_LIFTED).values_list("run__material_id", flat=True):
        held[material_id] = held.get(material_id, 0) + 1
    newest: dict[UUID, ControlRun] = {}
    for run in ControlRun.objects.filter(material__site=site).order_by("run_at"):
        newest[run.material_id] = run
    materials = ControlMaterial.objects.filter(site=site)
    rows = [ControlState(one, newest.get(one.pk), held.get(one.pk, 0)) for one in materials]
    return sorted(rows, key=lambda row: (not row.held, row.material.name, row.material.lot_number))


def control_at(site: Site | None, control_id: UUID) -> ControlMaterial | None:
    """The control with that id, where it is one of this site's."""
    return ControlMaterial.objects.filter(pk=control_id, site=site).first() if site else None


def hold_at(site: Site | None, hold_id: UUID) -> ResultHold | None:
    """The hold on a result with that id, where it is one of this site's."""
    found = ResultHold.objects.filter(pk=hold_id, run__material__site=site)
    return found.select_related("run__material", *_HOLDS_WHAT).first() if site else None


def held_lot(hold: ResultHold) -> Lot:
    """The lot whose result or count is held."""
    if hold.result is not None:
        return hold.result.lot
    assert hold.step is not None
    return hold.step.batch.lot


def runs_of(material: ControlMaterial) -> list[ControlRun]:
    """Every run, the first one first."""
    return list(material.runs.select_related("run_by").order_by("run_at"))


def target_of(material: ControlMaterial) -> Target | None:
    """The target given, or learned from the first runs; None while it is being learned."""
    if material.target is not None and material.sd is not None:
        return Target(float(material.target), float(material.sd))
    first = [float(run.value) for run in material.runs.order_by("run_at")[: material.learn_from]]
    return learned_target(first) if len(first) == material.learn_from else None


def judged_run(material: ControlMaterial, value: Decimal) -> tuple[float | None, list[Rule], RunVerdict]:
    """How far a new run would be from the target, which rules it would break, and what that means."""
    target = target_of(material)
    if target is None:
        return None, [], RunVerdict.LEARNING
    z = (float(value) - target.mean) / target.sd
    since: list[float] = []
    for run in material.runs.order_by("run_at"):
        since = [] if run.verdict == RunVerdict.FAILED else since
        if run.z is not None and run.verdict != RunVerdict.FAILED:
            since.append(run.z)
    broken = broken_rules([*since, z])
    return z, broken, verdict_of(broken)


def _covers_since(material: ControlMaterial, at: datetime) -> datetime:
    passed = material.runs.filter(verdict__in=PASSED).order_by("run_at").last()
    return passed.run_at if passed else at - WITHOUT_A_RUN


def covered_by(material: ControlMaterial, *, at: datetime) -> list[AssayResult]:
    """What a failure of this control covers: the results of its lines since the last run that passed, or of a day."""
    found = AssayResult.objects.filter(
        lot__site=material.site_id,
        code__in=measured_codes(material.codes),
        performed_at__gte=_covers_since(material, at),
    ).exclude(lot__state=LotState.REJECTED.value)
    return list(found.select_related("lot"))


def counts_covered_by(material: ControlMaterial, *, at: datetime) -> list[BatchStep]:
    """The steps whose count a failure of this control covers: where the lot's lines are computed from counts.

    As far back as for results; the count of a rejected lot is left alone.
    """
    if not FROM_THE_COUNT.intersection(material.codes):
        return []
    found = (
        BatchStep.objects.filter(
            batch__lot__site=material.site_id, counts__isnull=False, done_at__gte=_covers_since(material, at)
        )
        .exclude(batch__lot__state=LotState.REJECTED.value)
        .select_related("batch__lot__protocol", "batch__lot__site", "batch__lot__course")
        .distinct()
    )
    return [step for step in found if lines_covered(step.batch.lot, material)]


def lines_covered(lot: Lot, material: ControlMaterial) -> list[str]:
    """The lines of the lot's specification that are computed from counts and that this control covers."""
    asked = {limit.code for limit in protocol_of(lot.protocol).specification}
    return sorted(FROM_THE_COUNT & asked & set(material.codes))


def failing_runs(site: Site, codes: Iterable[str]) -> list[ControlRun]:
    """The newest run of every control of any of these lines that stands failed. Locks those controls until the end.

    A control of a line that is computed from a result is one of that result.
    """
    wanted = set(codes)
    materials = rows_to_change(ControlMaterial.objects).filter(site=site).order_by("pk")
    covering = [one for one in materials if wanted & (measured_codes(one.codes) | set(one.codes))]
    newest = [one.runs.order_by("run_at").last() for one in covering]
    return [run for run in newest if run is not None and run.verdict == RunVerdict.FAILED]


def open_holds_of(material: ControlMaterial) -> QuerySet[ResultHold]:
    """What failed runs of this control still hold, what is held longest first."""
    holds = ResultHold.objects.filter(run__material=material).exclude(_LIFTED)
    return holds.select_related(*_HOLDS_WHAT, "run").order_by("placed_at", "pk")


def lines_of_site(site: Site) -> list[tuple[str, str]]:
    """Every line of a specification that the site's protocols ask for, by code with its attribute."""
    lines: dict[str, str] = {}
    for adopted in AdoptedProtocol.objects.filter(site=site):
        lines |= {limit.code: limit.attribute for limit in protocol_of(adopted).specification}
    return sorted(lines.items(), key=lambda line: line[1])
