"""Who takes a container over scans their badge, where they have one."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from stroma.clinic.actions import issue_badge, revoke_badge
from stroma.clinic.models import Badge, Site
from stroma.custody.actions import hand_over
from stroma.custody.actions.hand_overs import HandOverRefused
from stroma.custody.badge_pdf import PrintedBadge, badge_pdf
from stroma.custody.models import HandOver, Material, Scan
from stroma.ledger.models import Entry
from stroma.ledger.record import present
from stroma.simulation.clinic import SimulatedClinic
from tests.lots_on_the_way import collect, collected, scan_of, signed_in
from tests.treated_courses import a_clinic

pytestmark = pytest.mark.django_db


def a_badge(clinic: SimulatedClinic, part: str) -> Badge:
    by = clinic.administrator
    return issue_badge(site=clinic.site, person=clinic.person(part), by=by, at=present())


def tissue_at(clinic: SimulatedClinic) -> tuple[Material, str, dict[str, str]]:
    """The container, the address of its way to the incubator, and the two scans that agree."""
    tissue = collect(collected(clinic)).materials.get()
    incubator = clinic.place("INC-1")
    address = f"/custody/containers/{tissue.pk}/hand-over/?to={incubator.pk}"
    return tissue, address, {"container": scan_of(tissue), "place": incubator.code}


def test_the_receivers_badge_is_the_last_scan_and_stays_on_record() -> None:
    clinic = a_clinic()
    tissue, address, scans = tissue_at(clinic)
    badge, others = a_badge(clinic, "technologist"), a_badge(clinic, "nurse")
    client = signed_in(clinic.person("technologist"))
    asked = client.post(address, scans)
    prompt = asked.context["prompt"]
    assert (asked.status_code, prompt.wanted.name, prompt.number, prompt.total) == (200, "badge", 3, 3)
    assert [raw for _words, raw in prompt.wanted.offered] == [badge.code, others.code]
    assert clinic.person("technologist").name in asked.content.decode()
    go = client.post(address, {**scans, "badge": badge.code.lower()})
    handed = HandOver.objects.latest("handed_over_at")
    assert go.headers["Location"] == f"/custody/hand-overs/{handed.pk}/"
    assert (handed.badge, handed.received_by) == (badge, clinic.person("technologist"))
    entry = Entry.objects.filter(action="container.handed_over").latest("sequence")
    assert str(badge.id) in entry.text
    assert badge.code not in entry.text
    assert "badge shown" in client.get(f"/custody/containers/{tissue.pk}/").content.decode()


@pytest.mark.parametrize(
    ("shows", "reason"),
    [
        ("a colleague's", "badge_of_somebody_else"),
        ("an old one", "badge_revoked"),
        ("another site's", "badge_of_another_site"),
        ("nobody's", "badge_unknown"),
        ("the place again", "badge_unreadable"),
    ],
)
def test_a_wrong_badge_stops_the_hand_over_and_is_kept(shows: str, reason: str) -> None:
    clinic = a_clinic()
    tissue, address, scans = tissue_at(clinic)
    lost = a_badge(clinic, "technologist")
    revoke_badge(badge=lost, reason="lost", by=clinic.administrator, at=present())
    a_badge(clinic, "technologist")
    shown = {
        "a colleague's": lambda: a_badge(clinic, "nurse").code,
        "an old one": lambda: lost.code,
        "another site's": lambda: _badge_elsewhere(clinic).code,
        "nobody's": lambda: "BG000000000000N",
        "the place again": lambda: scans["place"],
    }[shows]()
    before = tissue.place
    stopped = signed_in(clinic.person("technologist")).post(address, {**scans, "badge": shown})
    assert (stopped.status_code, [b.code for b in stopped.context["found"]]) == (422, [reason])
    kept = Scan.objects.get(is_go=False)
    assert (kept.blockers, kept.raw["badge"]) == ([reason], shown)
    tissue.refresh_from_db()
    assert tissue.place == before


def _badge_elsewhere(clinic: SimulatedClinic) -> Badge:
    return Badge.objects.create(
        site=Site.objects.create(name="Elsewhere", facility_number="A9998", opened_at=present()),
        person=clinic.person("technologist"),
        number=1,
        code="BG000000000001L",
        issued_by=clinic.administrator,
        issued_at=present(),
    )


def test_who_has_no_live_badge_is_asked_for_none_but_a_colleagues_does_not_help() -> None:
    clinic = a_clinic()
    tissue, address, scans = tissue_at(clinic)
    others, technologist = a_badge(clinic, "nurse"), clinic.person("technologist")
    with pytest.raises(HandOverRefused) as refused:
        hand_over(
            material=tissue,
            to_place=clinic.place("INC-1"),
            scans={**scans, "badge": others.code},
            by=technologist,
            at=present(),
        )
    assert [blocker.code for blocker in refused.value.blockers] == ["badge_of_somebody_else"]
    assert signed_in(technologist).post(address, scans).status_code == 302
    assert HandOver.objects.latest("handed_over_at").badge is None


def test_a_hand_over_without_the_badge_is_refused_by_the_rule() -> None:
    clinic = a_clinic()
    tissue, _address, scans = tissue_at(clinic)
    a_badge(clinic, "technologist")
    with pytest.raises(HandOverRefused) as refused:
        hand_over(
            material=tissue,
            to_place=clinic.place("INC-1"),
            scans=scans,
            by=clinic.person("technologist"),
            at=present(),
        )
    assert [blocker.code for blocker in refused.value.blockers] == ["badge_not_scanned"]


def test_a_badge_is_read_from_a_photo() -> None:
    clinic = a_clinic()
    _tissue, address, scans = tissue_at(clinic)
    badge = a_badge(clinic, "technologist")
    sent: dict[str, Any] = {**scans, "photo_of": "badge", "photo": _photo(badge)}
    assert signed_in(clinic.person("technologist")).post(address, sent).status_code == 302
    handed = HandOver.objects.latest("handed_over_at")
    reading = handed.scan.readings.get(name="badge")
    assert (handed.badge, reading.means, reading.photo is not None) == (badge, "PHOTO", True)


def _photo(badge: Badge) -> SimpleUploadedFile:
    drawn = badge_pdf(
        PrintedBadge(
            badge.code, 1, "Toni", ("technologist",), "Clinic", is_simulated=True, issued_at=badge.issued_at
        ),
        dpi=200,
    )
    return SimpleUploadedFile("badge.png", io.BytesIO(drawn).read(), "image/png")


def test_a_hand_over_is_taken_back_with_the_badge_of_who_takes_it_back() -> None:
    clinic = a_clinic()
    tissue, address, scans = tissue_at(clinic)
    home = tissue.place
    badge = a_badge(clinic, "technologist")
    client = signed_in(clinic.person("technologist"))
    client.post(address, {**scans, "badge": badge.code})
    handed = HandOver.objects.latest("handed_over_at")
    undo = f"/custody/hand-overs/{handed.pk}/undo/"
    asked = client.post(
        undo, {"reason": "the wrong room", "container": scans["container"], "place": home.code}
    )
    assert asked.context["prompt"].wanted.name == "badge"
    back = {"reason": "the wrong room", "container": scans["container"], "place": home.code}
    assert client.post(undo, {**back, "badge": badge.code}).status_code == 302
    tissue.refresh_from_db()
    assert (tissue.place, HandOver.objects.latest("handed_over_at").badge) == (home, badge)
