"""``stroma site``: opening a real site without pages."""

import io

import pytest

from stroma.cli import main
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import RoleAssignment, Site, User
from stroma.ledger.actions import found_installation
from stroma.ledger.domain.entry import Nature
from stroma.ledger.models import Entry
from stroma.ledger.record import present

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery staple"
OPEN = [
    "site",
    "open",
    "Spine clinic",
    "--facility",
    "W1234",
    "--address",
    "1 Main Street",
    "--administrator",
    "ada",
    "--printed-name",
    "Ada Administrator",
]


@pytest.fixture(autouse=True)
def a_real_installation() -> None:
    found_installation(nature=Nature.REAL, by="test", at=present())


def typed(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(secret + "\n"))


def test_a_site_opens_with_its_administrator_in_one_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, PASSWORD)
    assert main(OPEN) == 0
    site = Site.objects.get()
    user = User.objects.get()
    assert (site.name, site.facility_number) == ("Spine clinic", "W1234")
    assert user.check_password(PASSWORD)
    assert list(RoleAssignment.objects.values_list("user", "site", "role")) == [
        (user.pk, site.pk, "ADMINISTRATOR")
    ]
    assert [entry.action for entry in Entry.objects.all()] == ["site.opened"]


def test_every_fault_of_a_site_is_told_at_once_and_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(monkeypatch, PASSWORD)
    wrong = [*OPEN, "--zone", "Mars"]
    wrong[wrong.index("W1234")] = "I1"
    assert main(wrong) == 2
    told = capsys.readouterr().err.splitlines()
    assert [line.split(":")[0] for line in told] == ["--zone", "--facility"]
    assert (Site.objects.count(), User.objects.count(), Entry.objects.count()) == (0, 0, 0)


def test_a_real_site_is_not_opened_with_a_number_that_is_for_tests(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in ("A9990", "A9999"):
        typed(monkeypatch, PASSWORD)
        assert main([number if word == "W1234" else word for word in OPEN]) == 2
        assert "A9990 to A9999 are for tests" in capsys.readouterr().err
    assert Site.objects.count() == 0
    typed(monkeypatch, PASSWORD)
    assert main(["A9989" if word == "W1234" else word for word in OPEN]) == 0


def test_a_weak_password_opens_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(monkeypatch, "password")
    assert main(OPEN) == 2
    assert "password" in capsys.readouterr().err
    assert Site.objects.count() == 0


def test_the_administrator_gives_roles_and_somebody_without_the_role_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    typed(monkeypatch, PASSWORD)
    main(OPEN)
    person = ["site", "person", "cora", "--printed-name", "Cora", "--role", "COORDINATOR", "--as", "ada"]
    typed(monkeypatch, PASSWORD)
    assert main(person) == 0
    assert RoleAssignment.objects.filter(role=Role.COORDINATOR.value).count() == 1
    typed(monkeypatch, PASSWORD)
    person[2], person[-1] = "theo", "cora"
    assert main(person) == 3
    assert not User.objects.filter(username="theo").exists()


def test_a_protocol_is_adopted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, PASSWORD)
    main(OPEN)
    assert main(["site", "adopt", "medication", "--as", "ada"]) == 0
    assert main(["site", "adopt", "medication", "--as", "ada"]) == 2
    assert [entry.action for entry in Entry.objects.all()] == ["site.opened", "protocol.adopted"]
