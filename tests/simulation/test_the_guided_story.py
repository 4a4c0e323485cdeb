"""The demo's own pages: entering as anybody, and the story in which every mistake is refused."""

from datetime import UTC, datetime
from html import unescape
from re import DOTALL, search

import pytest
from django.test import Client

from stroma.courses.models import Course
from stroma.custody.models import Lot, Scan
from stroma.injection.models import Dose
from stroma.ledger.actions import found_installation
from stroma.ledger.domain.entry import Nature
from stroma.simulation.fleet import make_fleet
from stroma.simulation.queries import entrances

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
ADDRESSES = ("/demo/", "/demo/story/")
POSTED = ("/demo/enter/", "/demo/story/collect/", "/demo/story/dossier/", "/demo/story/again/")


@pytest.fixture
def small_clinic() -> None:
    """Two sites, and one patient: the one kept for the story."""
    for _progress in make_fleet(now=NOW, courses=1):
        pass


def reasons(page: bytes) -> list[str]:
    """The codes of the reasons that a page shows."""
    return [part.split('"')[0] for part in page.decode().split('data-code="')[1:]]


def do(client: Client, step: str) -> tuple[int, list[str]]:
    answer = client.post(f"/demo/story/{step}/")
    return answer.status_code, reasons(answer.content)


def test_every_mistake_of_the_story_is_refused_with_its_reason(small_clinic: None, client: Client) -> None:
    assert do(client, "collect") == (302, [])
    assert do(client, "wrong-label") == (422, ["donation_mismatch"])
    assert Scan.objects.filter(is_go=False).count() == 1
    assert do(client, "right-label") == (302, [])
    assert do(client, "sign-twice") == (422, ["signed_already"])
    assert do(client, "sign-both") == (302, [])
    assert do(client, "wrong-patient") == (422, ["wristband_mismatch"])
    assert do(client, "give-dose") == (302, [])
    assert [lot.state for lot in Lot.objects.exclude(course=None)] == ["RELEASED"]
    assert Dose.objects.count() == 1
    page = client.get("/demo/story/").content.decode()
    found = search(r"<textarea[^>]*>(.*?)</textarea>", page, DOTALL)
    assert found is not None
    facts = unescape(found[1])
    assert client.post("/demo/story/dossier/", {"facts": facts}).status_code == 200
    changed = client.post("/demo/story/dossier/", {"facts": facts.replace("L4-L5", "L3-L4")})
    assert changed.status_code == 422
    assert "It does not match its hash." in changed.content.decode()


def test_a_step_out_of_its_turn_changes_nothing(small_clinic: None, client: Client) -> None:
    assert do(client, "give-dose") == (302, [])
    assert not Dose.objects.exists()
    assert client.post("/demo/story/dossier/", {"facts": "{}"}).status_code == 404
    assert client.post("/demo/story/another-step/").status_code == 404


def test_one_enters_as_every_role_of_every_site_with_one_press(small_clinic: None, client: Client) -> None:
    entered = []
    for site, people in ((one.site, one.people) for one in entrances()):
        for person in people:
            answer = client.post("/demo/enter/", {"username": person.username})
            home = client.get(answer.headers["Location"], follow=True)
            assert home.status_code == 200
            assert home.wsgi_request.person.site == site  # type: ignore[attr-defined]  # the middleware's own
            entered.append((site.name, person.role.value))
    staff = ["COORDINATOR", "PHYSIATRIST", "NURSE", "TECHNOLOGIST", "QUALITY", "ANALYST", "ADMINISTRATOR"]
    staff += ["THERAPIST", "SURGEON"]
    assert [name for name in entered if name[1] != "PATIENT"] == [
        (site, role) for site in ("Alpharetta", "Atlanta") for role in staff
    ]


def test_nobody_enters_as_somebody_who_is_not_there(small_clinic: None, client: Client) -> None:
    assert client.post("/demo/enter/", {"username": "nobody"}).status_code == 404


def test_the_demo_does_not_open_in_a_real_installation(client: Client) -> None:
    found_installation(nature=Nature.REAL, by="test", at=NOW)
    assert [client.get(address).status_code for address in ADDRESSES] == [403] * len(ADDRESSES)
    assert [client.post(address).status_code for address in POSTED] == [403] * len(POSTED)


def test_the_story_says_so_when_no_patient_is_left_for_it(client: Client) -> None:
    found_installation(nature=Nature.SIMULATED, by="test", at=NOW)
    assert not Course.objects.exists()
    page = client.get("/demo/story/")
    assert page.status_code == 200
    assert "Every patient kept for the story has been treated." in page.content.decode()
