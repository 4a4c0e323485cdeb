"""Every printed label is applied, destroyed or missing, and a batch does not close before."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from stroma.custody.actions import apply_label, destroy_label, print_label, report_label_missing
from stroma.custody.domain.states import (
    LABEL_TRANSITIONS,
    LabelState,
    LotState,
    label_transition_blockers,
)
from stroma.custody.models import Label, Lot, Material
from stroma.processing.actions import StepRefused, close_batch
from stroma.processing.models import Batch
from stroma.processing.queries import steps_of
from stroma.release.domain.decision import release_blockers
from stroma.release.evidence import evidence_for
from stroma.simulation.bench import Bench
from stroma.simulation.clinic import SimulatedClinic
from tests.docs.state_diagrams import guarded, written
from tests.lots_on_the_way import HOUR, collect, collected, process, signed_in
from tests.treated_courses import a_clinic

pytestmark = pytest.mark.django_db
PAGE = "/custody/labels/"


def an_open_batch(clinic: SimulatedClinic, *, number: int = 0) -> tuple[Bench, Batch]:
    """A batch whose steps are done and whose record is still open."""
    bench = collected(clinic, number=number)
    collect(bench)
    last = steps_of(bench.lot).steps[-1].code
    bench.process(last, timezone.now() - 2.4 * HOUR)
    return bench, Batch.objects.get(lot=bench.lot)


def a_spare_label(clinic: SimulatedClinic, lot: Lot) -> Label:
    material = Material.objects.filter(lot=lot).earliest("made_at")
    return print_label(material=material, reason="spare", by=clinic.person("technologist"), at=timezone.now())


def test_the_database_keeps_the_same_table_of_states_as_the_rule() -> None:
    assert guarded(Label, LabelState) == written(LABEL_TRANSITIONS)
    assert {state.value for state in LabelState} == set(Label.State.values)


@pytest.mark.parametrize("now", LabelState)
@pytest.mark.parametrize("wanted", LabelState)
def test_a_label_goes_only_where_the_table_allows(now: LabelState, wanted: LabelState) -> None:
    refused = [blocker.code for blocker in label_transition_blockers(now, wanted)]
    assert refused == ([] if wanted in LABEL_TRANSITIONS[now] else ["label_not_fresh"])


@pytest.mark.parametrize("end", ["destroyed", "missing"])
def test_a_batch_closes_once_its_last_label_is_accounted_for(end: str) -> None:
    clinic = a_clinic()
    bench, batch = an_open_batch(clinic)
    assert bench.lot is not None
    label = a_spare_label(clinic, bench.lot)
    technologist, at = clinic.person("technologist"), timezone.now()
    with pytest.raises(StepRefused) as refused:
        close_batch(batch=batch, by=technologist, at=at)
    assert [(b.code, b.values) for b in refused.value.blockers if b.code == "batch_labels_unaccounted"] == [
        ("batch_labels_unaccounted", {"labels": 1, "containers": label.material.division})
    ]
    if end == "destroyed":
        destroy_label(label=label, reason="spare", by=technologist, at=at)
    else:
        report_label_missing(label=label, reason="fell behind the hood", by=technologist, at=at)
    close_batch(batch=batch, by=technologist, at=at)
    bench.lot.refresh_from_db()
    assert bench.lot.state == LotState.QUARANTINE


def test_a_missing_label_is_never_put_on_a_container() -> None:
    clinic = a_clinic()
    lot = collect(collected(clinic))
    label = a_spare_label(clinic, lot)
    technologist, at = clinic.person("technologist"), timezone.now()
    on_it = Label.objects.get(material=label.material, state="APPLIED")
    destroy_label(label=on_it, reason="smeared", by=technologist, at=at)
    report_label_missing(label=label, reason="not in the tray", by=technologist, at=at)
    with pytest.raises(Exception, match="label_not_fresh"):
        apply_label(label=label, by=technologist, at=at)
    destroy_label(label=label, reason="found under the bench", by=technologist, at=at)
    assert Label.objects.get(pk=label.pk).state == "DESTROYED"


def test_the_page_shows_what_is_open_and_each_label_is_settled_from_it() -> None:
    clinic = a_clinic()
    lot = collect(collected(clinic))
    first, second, third = (a_spare_label(clinic, lot) for _ in range(3))
    on_it = Label.objects.get(material=first.material, state="APPLIED")
    client = signed_in(clinic.person("technologist"))
    assert [label.pk for label in client.get(PAGE).context["unaccounted"].rows] == [
        first.pk,
        second.pk,
        third.pk,
    ]
    assert client.post(PAGE, {"do": "missing", "label": first.pk, "reason": "lost"}).status_code == 302
    assert client.post(PAGE, {"do": "destroy", "label": second.pk, "reason": "spare"}).status_code == 302
    twice = client.post(PAGE, {"do": "apply", "label": third.pk})
    assert (twice.status_code, [b.code for b in twice.context["found"]]) == (422, ["labeled_already"])
    client.post(PAGE, {"do": "destroy", "label": on_it.pk, "reason": "smeared"})
    assert client.post(PAGE, {"do": "apply", "label": third.pk}).status_code == 302
    page = client.get(PAGE)
    assert (page.context["unaccounted"].rows, [label.pk for label in page.context["missing"].rows]) == (
        [],
        [first.pk],
    )
    (counts,) = page.context["lots"].rows
    assert (counts.printed, counts.applied, counts.destroyed, counts.missing, counts.unaccounted) == (
        4,
        1,
        2,
        1,
        0,
    )
    assert lot.course.patient.family_name not in page.content.decode()


def test_a_label_without_a_reason_stays_open() -> None:
    clinic = a_clinic()
    label = a_spare_label(clinic, collect(collected(clinic)))
    client = signed_in(clinic.person("technologist"))
    for what in ("missing", "destroy"):
        refused = client.post(PAGE, {"do": what, "label": label.pk, "reason": " "})
        assert (refused.status_code, [b.code for b in refused.context["found"]]) == (422, ["reason_missing"])
    assert Label.objects.get(pk=label.pk).state == "PRINTED"


def test_the_page_asks_as_little_of_the_database_for_three_labels_as_for_one() -> None:
    clinic = a_clinic()
    benches = [collected(clinic), collected(clinic, number=1)]
    other, lot = (
        collect(bench, at=timezone.now() - at * HOUR) for bench, at in zip(benches, (5, 3), strict=True)
    )
    client = signed_in(clinic.person("technologist"))
    a_spare_label(clinic, lot)
    client.get(PAGE)
    with CaptureQueriesContext(connection) as one:
        client.get(PAGE)
    a_spare_label(clinic, lot)
    # Elsewhere: no label is printed while those of another lot lie at the same place.
    benches[0].carry(Material.objects.get(lot=other), clinic.place("INC-1"), timezone.now())
    a_spare_label(clinic, other)
    with CaptureQueriesContext(connection) as three:
        client.get(PAGE)
    assert len(three) == len(one)


def test_a_fresh_label_is_drawn_and_one_that_is_on_its_container_is_not() -> None:
    clinic = a_clinic()
    lot = collect(collected(clinic))
    fresh = a_spare_label(clinic, lot)
    client = signed_in(clinic.person("nurse"))
    drawn = client.get(f"/custody/labels/{fresh.pk}/label.pdf?size=syringe")
    assert (drawn.status_code, drawn.headers["Content-Type"]) == (200, "application/pdf")
    assert drawn.content.startswith(b"%PDF-")
    on_it = Label.objects.get(material=fresh.material, state="APPLIED")
    again = client.get(f"/custody/labels/{on_it.pk}/label.pdf")
    assert (again.status_code, [b.code for b in again.context["found"]]) == (422, ["label_not_to_print"])


@pytest.mark.parametrize(
    ("asked", "codes"),
    [
        ("size=a4-21&start=21", []),
        ("size=a4-21&start=22", ["label_start_outside"]),
        ("size=bag&start=2", ["label_start_outside"]),
        ("size=nonsense&start=nonsense", []),
    ],
)
def test_a_sheet_begins_where_it_is_asked_to(asked: str, codes: list[str]) -> None:
    clinic = a_clinic()
    label = a_spare_label(clinic, collect(collected(clinic)))
    answer = signed_in(clinic.person("technologist")).get(f"/custody/labels/{label.pk}/label.pdf?{asked}")
    assert ([b.code for b in answer.context["found"]] if answer.context else []) == codes


def test_all_open_labels_of_a_lot_come_in_one_file() -> None:
    clinic = a_clinic()
    lot = collect(collected(clinic))
    client = signed_in(clinic.person("technologist"))
    address = f"/custody/lots/{lot.pk}/labels.pdf?size=a4-21"
    assert client.get(address).headers["Location"] == PAGE
    for _ in range(2):
        a_spare_label(clinic, lot)
    assert client.get(address).content.startswith(b"%PDF-")


def test_the_label_page_draws_the_codes_that_the_label_says() -> None:
    clinic = a_clinic()
    tissue = collect(collected(clinic)).materials.get()
    page = signed_in(clinic.person("nurse")).get(f"/custody/containers/{tissue.pk}/label/").content.decode()
    content = tissue.labels.get().content
    drawn = re.findall(r'role="img" aria-label="((?:Data Matrix|Code 128)[^"]+)"><svg', page)
    wanted = [
        f"Data Matrix {content['compound']}",
        *(f"Code 128 {content['barcodes'][n]}" for n in ("001", "003")),
    ]
    assert [text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") for text in drawn] == wanted


def test_a_lot_is_released_though_a_spare_label_is_missing() -> None:
    clinic = a_clinic()
    bench = collected(clinic)
    collect(bench)
    lot = process(bench)
    dose = lot.materials.filter(kind="DOSE").earliest("made_at")
    technologist, at = clinic.person("technologist"), timezone.now()
    spare = print_label(material=dose, reason="spare", by=technologist, at=at)

    def label_reasons() -> list[str]:
        return [
            b.code for b in release_blockers(evidence_for(lot, at=at), at=at) if b.code.startswith("label")
        ]

    assert label_reasons() == ["labels_unaccounted"]
    report_label_missing(label=spare, reason="not in the tray", by=technologist, at=at)
    assert label_reasons() == []
