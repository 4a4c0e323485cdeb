"""Every scan says how it was read: by which scanner, by hand, or from which photo; and the photo is kept with it."""

import hashlib
import json
from urllib.parse import quote

import pytest

from stroma.custody.domain.reading import Means, Reading, reading_in
from stroma.custody.label_pdf import PrintedLabel
from stroma.custody.models import HandOver, Label, Scan, ScanPhoto
from stroma.custody.queries import WRONG_LABEL
from stroma.custody.reading_queries import photos_of_course
from stroma.ledger.models import Entry
from stroma.ledger.record import present
from stroma.processing.actions import EquipmentKept, add_equipment
from tests.custody.test_photos_are_read import a_photo, upload
from tests.lots_on_the_way import collect, collected, scan_of, signed_in
from tests.treated_courses import a_clinic

SCANNER = "BC-3"


@pytest.fixture
def clinic(db):
    return a_clinic()


@pytest.fixture
def tissue(clinic):
    return collect(collected(clinic)).materials.get()


@pytest.fixture
def address(clinic, tissue):
    return f"/custody/containers/{tissue.pk}/hand-over/?to={clinic.place('INC-1').pk}"


def with_a_scanner(clinic, client):
    technologist = clinic.person("technologist")
    kept = EquipmentKept("label_scanner", "Scanner at the bench", SCANNER)
    add_equipment(site=clinic.site, kept=kept, by=technologist, at=present())
    assert client.post("/custody/scanner/", {"scanner": SCANNER}).status_code == 302


def told(scan):
    return [(one.name, one.means, one.scanner, one.photo_id) for one in scan.readings.all()]


def read_of(action):
    return json.loads(Entry.objects.filter(action=action).latest("sequence").text)["facts"]["read"]


def carried(prompt):
    """What the form of the next scan sends along."""
    return {**prompt.made, **prompt.kept}


@pytest.mark.django_db
def test_a_scan_names_the_scanner_that_this_browser_works_with(clinic, tissue, address) -> None:
    client = signed_in(clinic.person("technologist"))
    with_a_scanner(clinic, client)
    first = client.post(address, {"container": scan_of(tissue), "means": "SCANNER"})
    assert SCANNER in first.content.decode()
    typed = {**carried(first.context["prompt"]), "place": "INC-1", "means": "TYPED"}
    assert client.post(address, typed).status_code == 302
    handed = HandOver.objects.latest("handed_over_at")
    assert told(handed.scan) == [("container", "SCANNER", SCANNER, None), ("place", "TYPED", "", None)]
    assert read_of("container.handed_over") == {
        "container": {"means": "SCANNER", "scanner": SCANNER},
        "place": {"means": "TYPED"},
    }
    page = client.get(f"/custody/containers/{tissue.pk}/").content.decode()
    assert f'by scanner <span class="identifier" translate="no">{SCANNER}</span>, typed by hand' in page


@pytest.mark.django_db
def test_a_scanner_that_is_not_registered_is_not_taken(clinic) -> None:
    client = signed_in(clinic.person("nurse"))
    assert client.post("/custody/scanner/", {"scanner": "BC-4"}).status_code == 422
    assert "scanner" not in client.session


@pytest.mark.django_db
def test_choosing_a_scanner_leads_back_to_the_scan_and_to_no_other_site(clinic, tissue, address) -> None:
    client = signed_in(clinic.person("technologist"))
    with_a_scanner(clinic, client)
    page = client.get(address).content.decode()
    choosing = f"/custody/scanner/?back={quote(address)}"
    assert choosing in page
    back = client.post(choosing, {"scanner": SCANNER})
    assert back.headers["Location"] == address
    elsewhere = client.post("/custody/scanner/?back=//example.org/", {"scanner": SCANNER})
    assert "example.org" not in elsewhere.headers["Location"]


@pytest.mark.django_db
def test_the_photo_of_a_refused_scan_is_kept_and_shown_beside_it(clinic, tissue, address) -> None:
    client, data = signed_in(clinic.person("technologist")), a_photo()
    photo = {"photo_of": "container", "photo": upload(data), "place": "INC-1"}
    assert client.post(address, photo).status_code == 422
    kept = ScanPhoto.objects.get()
    assert (bytes(kept.content), kept.sha256) == (data, hashlib.sha256(data).hexdigest())
    assert told(Scan.objects.get(is_go=False)) == [("container", "PHOTO", "", kept.pk)]
    assert read_of("scan.refused") == {"container": {"means": "PHOTO", "photo": str(kept.pk)}}
    href = f"/custody/scan-photos/{kept.pk}/"
    assert href in signed_in(clinic.person("quality")).get("/custody/refused-scans/").content.decode()
    shown = client.get(href)
    assert (shown.content, shown.headers["Content-Type"]) == (data, "image/jpeg")


@pytest.mark.django_db
def test_the_photo_of_an_accepted_scan_goes_into_the_dossier(clinic, tissue, address) -> None:
    label = PrintedLabel(Label.objects.get(material=tissue, state="APPLIED").content, "A0-1")
    client, data = signed_in(clinic.person("technologist")), a_photo(label)
    first = client.post(address, {"photo_of": "container", "photo": upload(data)})
    sent = {**carried(first.context["prompt"]), "place": "INC-1", "means": "SIMULATED"}
    assert client.post(address, sent).status_code == 302
    kept = ScanPhoto.objects.get()
    handed = HandOver.objects.latest("handed_over_at")
    assert told(handed.scan) == [("container", "PHOTO", "", kept.pk), ("place", "SIMULATED", "", None)]
    [file] = photos_of_course(tissue.lot.course_id)
    assert (file.path, file.content()) == (f"scans/{kept.pk}.jpeg", data)


@pytest.mark.django_db
def test_a_photo_that_somebody_else_took_is_no_reading_of_mine(clinic, tissue, address) -> None:
    other = signed_in(clinic.person("nurse"))
    other.post(address, {"photo_of": "container", "photo": upload(a_photo()), "place": "INC-1"})
    mine = {
        "container": WRONG_LABEL,
        "place": "INC-1",
        "read_container": f"PHOTO {ScanPhoto.objects.get().pk}",
    }
    assert signed_in(clinic.person("technologist")).post(address, mine).status_code == 422
    assert told(Scan.objects.filter(is_go=False).latest("scanned_at")) == []


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("SCANNER BC-3", Reading(Means.SCANNER, scanner="BC-3")),
        ("SCANNER", Reading(Means.SCANNER)),
        ("TYPED BC-3", Reading(Means.TYPED)),
        ("PHOTO", None),
        ("PHOTO of a cat", None),
        ("GUESSED", None),
        ("", None),
    ],
)
def test_what_travels_in_the_form_is_read_strictly(text: str, reading: Reading | None) -> None:
    assert reading_in(text) == reading


@pytest.mark.django_db
def test_codes_that_were_read_in_the_same_way_are_told_once(clinic, tissue, address) -> None:
    client = signed_in(clinic.person("technologist"))
    read = {"read_container": "TYPED", "read_place": "TYPED"}
    assert client.post(address, {"container": scan_of(tissue), "place": "INC-1", **read}).status_code == 302
    page = client.get(f"/custody/containers/{tissue.pk}/").content.decode()
    assert page.count("typed by hand") == 1


@pytest.mark.django_db
def test_a_hand_over_that_is_taken_back_says_how_its_codes_were_read(clinic, tissue, address) -> None:
    client = signed_in(clinic.person("technologist"))
    with_a_scanner(clinic, client)
    assert client.post(address, {"container": scan_of(tissue), "place": "INC-1"}).status_code == 302
    undo = f"/custody/hand-overs/{HandOver.objects.latest('handed_over_at').pk}/undo/"
    first = client.post(undo, {"reason": "the wrong incubator"})
    typed = {**carried(first.context["prompt"]), "container": scan_of(tissue), "means": "TYPED"}
    second = client.post(undo, typed)
    home = tissue.place.code
    assert (
        client.post(
            undo, {**carried(second.context["prompt"]), "place": home, "means": "SCANNER"}
        ).status_code
        == 302
    )
    back = HandOver.objects.latest("handed_over_at")
    assert told(back.scan) == [("container", "TYPED", "", None), ("place", "SCANNER", SCANNER, None)]
    assert read_of("container.handed_over")["place"] == {"means": "SCANNER", "scanner": SCANNER}
