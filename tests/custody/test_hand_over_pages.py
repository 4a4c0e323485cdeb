"""Labels, hand-overs by scan, discarding before a witness, and the collection that begins it all."""

import pytest

from stroma.collection.models import Collection
from stroma.custody.models import Discard, Donor, HandOver, Label, Scan
from stroma.custody.queries import WRONG_LABEL
from tests.lots_on_the_way import collect, collected, scan_of, signed_in
from tests.treated_courses import a_clinic

pytestmark = pytest.mark.django_db


def test_a_container_goes_where_both_scans_say() -> None:
    clinic = a_clinic()
    tissue = collect(collected(clinic)).materials.get()
    incubator = clinic.place("INC-1")
    client = signed_in(clinic.person("technologist"))
    address = f"/custody/containers/{tissue.pk}/hand-over/?to={incubator.pk}"
    first = client.post(address, {"container": scan_of(tissue)})
    assert (first.status_code, first.context["prompt"].wanted.name) == (200, "place")
    both = {"container": scan_of(tissue), "place": incubator.code}
    go = client.post(address, both)
    handed = HandOver.objects.latest("handed_over_at")
    assert go.headers["Location"] == f"/custody/hand-overs/{handed.pk}/"
    assert handed.to_place == incubator
    assert 'data-verdict="go"' in client.get(go.headers["Location"]).content.decode()


def test_a_wrong_label_stops_the_hand_over_over_the_whole_screen_and_is_kept() -> None:
    clinic = a_clinic()
    tissue = collect(collected(clinic)).materials.get()
    place, incubator = tissue.place, clinic.place("INC-1")
    client = signed_in(clinic.person("technologist"))
    address = f"/custody/containers/{tissue.pk}/hand-over/?to={incubator.pk}"
    stopped = client.post(address, {"container": WRONG_LABEL, "place": incubator.code})
    assert stopped.status_code == 422
    assert 'data-verdict="stop"' in stopped.content.decode()
    assert Scan.objects.get(is_go=False).blockers == ["donation_mismatch"]
    tissue.refresh_from_db()
    assert tissue.place == place


def test_a_label_is_printed_applied_and_destroyed_with_a_reason() -> None:
    clinic = a_clinic()
    tissue = collect(collected(clinic)).materials.get()
    client = signed_in(clinic.person("technologist"))
    address = f"/custody/containers/{tissue.pk}/label/"
    again = client.post(address, {"do": "print"})
    assert (again.status_code, [b.code for b in again.context["found"]]) == (422, ["reprint_reason_missing"])
    assert client.post(address, {"do": "print", "reason": "smeared"}).status_code == 302
    second = Label.objects.get(material=tissue, state="PRINTED")
    twice = client.post(address, {"do": "apply", "label": second.pk})
    assert (twice.status_code, [b.code for b in twice.context["found"]]) == (422, ["labeled_already"])
    bare = client.post(address, {"do": "destroy", "label": second.pk, "reason": ""})
    assert [b.code for b in bare.context["found"]] == ["reason_missing"]
    assert client.post(address, {"do": "destroy", "label": second.pk, "reason": "smeared"}).status_code == 302
    assert sorted(Label.objects.filter(material=tissue).values_list("state", flat=True)) == [
        "APPLIED",
        "DESTROYED",
    ]


def test_a_container_without_a_label_says_so_before_anything_is_scanned() -> None:
    clinic = a_clinic()
    tissue = collect(collected(clinic)).materials.get()
    client = signed_in(clinic.person("technologist"))
    pages = [f"/custody/containers/{tissue.pk}/", f"/custody/containers/{tissue.pk}/hand-over/"]
    way = f'<a href="/custody/containers/{tissue.pk}/label/">Print its label and put it on</a>'
    assert [way in client.get(page).content.decode() for page in pages] == [False, False]
    destroy = {"do": "destroy", "label": tissue.labels.get().pk, "reason": "smeared"}
    assert client.post(f"/custody/containers/{tissue.pk}/label/", destroy).status_code == 302
    assert [way in client.get(page).content.decode() for page in pages] == [True, True]


def test_the_label_page_shows_every_line_and_the_code_in_letters() -> None:
    clinic = a_clinic()
    tissue = collect(collected(clinic)).materials.get()
    content = tissue.labels.get().content
    page = signed_in(clinic.person("nurse")).get(f"/custody/containers/{tissue.pk}/label/")
    assert page.context["label"].content == content
    assert page.content.decode().count("<div data-field=") == len(content["lines"])


def test_what_is_left_is_discarded_before_somebody_else() -> None:
    clinic = a_clinic()
    tissue = collect(collected(clinic)).materials.get()
    technologist, quality = clinic.person("technologist"), clinic.person("quality")
    client = signed_in(technologist)
    address = f"/custody/containers/{tissue.pk}/discard/"
    assert client.post(address, {"witness": technologist.pk, "reason": "clotted"}).status_code == 422
    unsigned = client.post(address, {"witness": quality.pk, "reason": "clotted", "password": "wrong"})
    assert [b.code for b in unsigned.context["found"]] == ["credential_wrong"]
    signed = client.post(address, {"witness": quality.pk, "reason": "clotted", "is_simulated": "on"})
    assert signed.status_code == 302
    discarded = Discard.objects.get(material=tissue)
    assert discarded.signature is not None
    assert discarded.signature.signer == quality
    assert (discarded.discarded_by, discarded.witness) == (technologist, quality)


def test_a_collection_makes_the_patient_a_donor_and_leads_to_the_label() -> None:
    clinic = a_clinic()
    course = collected(clinic).course
    assert course is not None
    client = signed_in(clinic.person("physiatrist"))
    address = f"/collection/courses/{course.pk}/"
    room = clinic.place("PROC-1").pk
    little = client.post(address, {"amount": "1", "place": room})
    assert (little.status_code, [b.code for b in little.context["found"]]) == (422, ["amount_out_of_range"])
    assert Donor.objects.count() == 0
    done = client.post(address, {"amount": "60", "place": room})
    collection = Collection.objects.get()
    tissue = collection.lot.materials.get()
    assert done.headers["Location"] == f"/custody/containers/{tissue.pk}/label/"
    assert Donor.objects.get().patient == course.patient
