"""A time in a reason is the one that the clock shows where the reader works."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone, translation

from stroma.ledger.wording import shown

AT = datetime(2026, 7, 19, 19, 5, tzinfo=UTC)


def test_a_time_is_said_in_the_zone_of_the_site() -> None:
    with timezone.override(ZoneInfo("America/New_York")):
        assert shown(AT) == "Sun 19 Jul 2026, 15:05 EDT"


def test_a_time_is_said_in_utc_where_no_site_is_known() -> None:
    assert shown(AT) == "Sun 19 Jul 2026, 19:05 UTC"


def test_the_day_is_said_in_the_readers_language() -> None:
    with translation.override("es"), timezone.override(ZoneInfo("America/New_York")):
        assert shown(AT) == "dom 19 jul 2026, 15:05 EDT"
