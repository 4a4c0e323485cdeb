"""Rows of quality's records that an address asks for, by the name of its argument."""

from datetime import datetime
from typing import Any

from stroma.clinic.models import User
from stroma.custody.models import Lot
from stroma.release.models import AssayResult, InstrumentFile


def rows_of_quality(
    lot: Lot, file: InstrumentFile, people: tuple[User, User], *, at: datetime
) -> dict[str, Any]:
    """One row of each kind, written as rows: no lot comes to all of this at once."""
    one, _two = people
    result = AssayResult.objects.create(
        lot=lot, code="appearance", text="fail", method="eye", file=file, analyst=one, performed_at=at
    )
    return {"result_id": result.pk}
