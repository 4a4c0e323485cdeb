"""The demo's bench asks for a second count today, and at the other site both samples of such a count stand."""

from datetime import UTC, datetime

import pytest

from stroma.custody.models import Lot
from stroma.processing.growth import newest_forecast, wants_recount
from stroma.processing.models import CellCount
from stroma.processing.recount_queries import recounts_wanted
from stroma.simulation import fleet

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)
"""A Saturday, long before anybody works."""


def test_one_count_is_in_doubt_and_another_was_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet, "some_cases", lambda _number: ())
    for _progress in fleet.make_fleet(now=NOW):
        pass
    doubtful, settled = Lot.objects.order_by("site__name")
    assert (doubtful.site.name, settled.site.name) == ("Alpharetta", "Atlanta")
    assert [wanted.step.batch.lot for wanted in recounts_wanted(doubtful.site, at=NOW)] == [doubtful]
    assert recounts_wanted(settled.site, at=NOW) == []
    second = CellCount.objects.standing().get(step__batch__lot=settled, step__kind="harvest")
    assert second.repeats is not None
    assert second.repeats.viable_cells < second.viable_cells
    assert not wants_recount(newest_forecast(settled.batch))
