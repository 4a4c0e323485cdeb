"""Quality's home and the bench ask the database as little for three lots as for one."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.lots_on_the_way import HOUR, collect, collected, signed_in
from tests.treated_courses import a_clinic

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("role", "page"), [("quality", "/release/"), ("technologist", "/processing/")])
def test_a_home_asks_as_little_for_three_lots_as_for_one(role: str, page: str) -> None:
    clinic = a_clinic()
    client = signed_in(clinic.person(role))
    benches = [collected(clinic, number=number) for number in range(3)]
    now = timezone.now()

    def statements(lots: int) -> int:
        """How many, once what is read a single time has been read."""
        client.get(page)
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(page)
        shown = answer.context["quarantined" if role == "quality" else "lots"]  # type: ignore[index]  # what was drawn
        assert len(shown.rows) == lots
        return len(captured)

    counted = []
    for number, bench in enumerate(benches):
        collect(bench, at=now - (3.9 - 0.6 * number) * HOUR)
        if role == "technologist":
            counted.append(statements(number + 1))
    if role == "quality":
        for number, bench in enumerate(benches):
            bench.process(None, now - (2.1 - 0.6 * number) * HOUR)
            counted.append(statements(number + 1))
    assert counted[0] == counted[2], counted
