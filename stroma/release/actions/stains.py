"""The stained area of a differentiation test becomes a record: the photographs, what was found, by whom."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from stroma.clinic.authority import authorize
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import User
from stroma.custody.containers import chains_of
from stroma.custody.models import Lot
from stroma.ledger.record import record
from stroma.ledger.transaction import action
from stroma.protocols.domain.blocker import Blocker
from stroma.release.actions import ResultRefused
from stroma.release.handed_in import keep_file
from stroma.release.models import AssayResult, StainReading

if TYPE_CHECKING:
    from stroma.release.stain_readings import Measured


@action
def record_stain(*, lot: Lot, measured: "Measured", by: User, at: datetime) -> AssayResult:
    """Record a stained area: for information, whatever it is; it judges nothing and voids no signature.

    The photographs are kept as they came. A repeat is a new record beside the earlier one.
    """
    authorize(by, Role.TECHNOLOGIST, Role.QUALITY, site=lot.site, at=at)
    if measured.induced.sha256 == measured.control.sha256:
        raise ResultRefused([Blocker("stain_control_is_the_same", {}, "clinical.md section 1.6")])
    found, blank = measured.found.induced.as_json(), measured.found.control.as_json()
    induced, control = (keep_file(lot, one, by, at) for one in (measured.induced, measured.control))
    result = AssayResult.objects.create(
        lot=lot,
        code=measured.test.code,
        value=_decimal(found["percent"]),
        low=_decimal(found["low"]),
        high=_decimal(found["high"]),
        method=(measured.test.method or measured.found.stain.title)[:120],
        file=induced,
        analyst=by,
        performed_at=at,
    )
    StainReading.objects.create(
        lot=lot,
        result=result,
        induced=induced,
        control=control,
        stain=measured.test.stain,
        color=list(measured.found.stain.vector),
        threshold=measured.found.threshold,
        control_percent=_decimal(blank["percent"]),
        control_low=_decimal(blank["low"]),
        control_high=_decimal(blank["high"]),
        is_told_apart=measured.found.is_told_apart,
    )
    record(
        "result.stain_measured",
        by=by,
        at=at,
        chains=chains_of(lot),
        facts={
            "lot": lot.id,
            "result": result.id,
            "code": result.code,
            "percent": result.value,
            "control_percent": _decimal(blank["percent"]),
            "induced": induced.sha256,
            "control": control.sha256,
            "stain": measured.test.stain,
        },
    )
    return result


def _decimal(number: float) -> Decimal:
    return Decimal(str(round(number, 2)))
