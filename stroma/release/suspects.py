"""Which lots may be out of limits, as the database can say it before anything is judged.

Of hundreds of lots in quarantine nearly all are within their limits; only those named here are judged for the order of
a page. No lot that is out is left out (a test holds the judge against it); one that is named may be within limits all
the same: its result is an error of the laboratory, its count is not the last one. The judge has the last word.
"""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, DecimalField, Exists, F, Max, Min, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Lower, Replace, Trim

from stroma.candidacy.domain.codes import BODY_WEIGHT
from stroma.clinic.models import AdoptedProtocol
from stroma.clinic.queries import protocol_of
from stroma.custody.models import Lot, Material
from stroma.patients.models import Measurement
from stroma.processing.models import BatchStep, CellCount
from stroma.protocols.domain.schema import Protocol, SpecificationLimit
from stroma.release.domain.derived import FROM_A_RESULT
from stroma.release.domain.specification import ABSENT_WORDS, PASS_WORDS, PENDING_WORDS
from stroma.release.judged import FINISHED
from stroma.release.models import AssayResult

_FAMILY = ("pk", "parent", "parent__parent")
"""A lot has its own record, and what it has not itself is that of the lot it was set aside from."""
_BOUND = r"^[<>]=?\s*[0-9]+(\.[0-9]+)?$"
"""A result beyond what the assay can see, such as ``<0.05``."""
_ROUNDED = 0.001
"""More than what a computed line is rounded by."""
_NUMBER: "DecimalField[Decimal, Decimal]" = DecimalField(max_digits=30, decimal_places=10)
_NO_ROW = Q(pk__in=[])


def may_be_out_of_limits(lots: QuerySet[Lot]) -> Q:
    """The condition under which one of these lots may have a result that does not meet its limit."""
    found = _NO_ROW
    versions = AdoptedProtocol.objects.filter(pk__in=lots.order_by().values("protocol").distinct())
    for version in versions.defer("document"):
        for rows, lot in _out(protocol_of(version), lots.filter(protocol=version).order_by()):
            for one in _FAMILY:
                found |= Q(Exists(rows.filter(**{lot: OuterRef(one)})), protocol=version)
    return found


def _out(protocol: Protocol, lots: QuerySet[Lot]) -> Iterator[tuple[QuerySet[Any], str]]:
    """Rows that may put a lot out of its limits, and by which field they name their lot."""
    results, counts, containers, steps = _NO_ROW, _NO_ROW, _NO_ROW, _NO_ROW
    label_cells = protocol.dose.viable_cells or 0 if protocol.dose else 0
    for limit in protocol.specification:
        results |= Q(code=limit.code) & _result_out(limit)
        match limit.code:
            case "viability":
                counts |= _outside("viability", limit, unit=0.01)
            case "count":
                counts |= _outside("per_ml", limit, unit=1e6)
            case "cpd":
                counts |= _outside("cumulative_population_doublings", limit)
            case "viable_count":
                containers |= _outside("viable_cells", limit, unit=label_cells)
            case "elapsed_time":
                steps |= _outside_hours(limit)
            case "endotoxin_per_kg":
                results |= Q(code=FROM_A_RESULT[limit.code]) & _per_kg_out(limit, lots)
    yield AssayResult.objects.annotate(word=Lower(Trim("text")), number=_number()).filter(results), "lot"
    in_ml = F("viable_cells") / F("volume_ml")
    holding = CellCount.objects.standing().annotate(per_ml=Cast(in_ml, _NUMBER))
    for rows, lot, out in (
        (holding, "step__batch__lot", counts),
        (Material.objects.filter(kind__in=FINISHED), "lot", containers),
        (BatchStep.objects.all(), "batch__lot", steps),
    ):
        if out != _NO_ROW:
            yield rows.filter(out), lot


def _result_out(limit: SpecificationLimit) -> Q:
    if limit.kind == "number":
        return _outside("number", limit)
    good = ABSENT_WORDS if limit.kind == "absence" else PASS_WORDS
    return ~Q(word__in=good | PENDING_WORDS)


def _outside(field: str, limit: SpecificationLimit, *, unit: float = 1.0) -> Q:
    """Whether a number is outside the limit or touches it, where one of the limit's unit is ``unit`` of the field's."""
    out = _NO_ROW
    if limit.minimum is not None:
        out |= Q(**{f"{field}__lte": _decimal(unit * (limit.minimum + _ROUNDED))})
    if limit.maximum is not None:
        out |= Q(**{f"{field}__gte": _decimal(unit * (limit.maximum - _ROUNDED))})
    return out


def _outside_hours(limit: SpecificationLimit) -> Q:
    """Whether a step was done too late after the collection; every one, where it can be too early."""
    out = _NO_ROW if limit.minimum is None else Q()
    if limit.maximum is not None:
        longest = timedelta(hours=limit.maximum - _ROUNDED)
        out |= Q(done_at__gte=F("batch__lot__collection__collected_at") + longest)
    return out


def _per_kg_out(limit: SpecificationLimit, lots: QuerySet[Lot]) -> Q:
    """Whether a concentration may be too much for the lightest recipient of the largest of these lots' containers."""
    courses = lots.filter(course__isnull=False).values("course__patient")
    weights = Measurement.objects.filter(patient__in=courses, code=BODY_WEIGHT, value_is_number=True)
    lightest = weights.aggregate(least=Min(Cast("value", _NUMBER)))["least"]
    largest = Material.objects.filter(lot__in=lots).aggregate(most=Max("amount"))["most"]
    if lightest is None or not largest or limit.maximum is None:
        return _NO_ROW
    return Q(number__gte=_decimal((limit.maximum - _ROUNDED) * float(lightest) / float(largest)))


def _number() -> Case:
    """A result's number, or the bound that its text gives."""
    bound: Any = Trim("text")
    for sign in "<>=":
        bound = Replace(bound, Value(sign), Value(""))
    return Case(
        When(value__isnull=False, then=Cast("value", _NUMBER)),
        When(text__regex=_BOUND, then=Cast(Trim(bound), _NUMBER)),
        output_field=_NUMBER,
    )


def _decimal(value: float) -> Decimal:
    return Decimal(f"{value:.6g}")
