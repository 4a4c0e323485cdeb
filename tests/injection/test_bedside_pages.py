"""The bedside: the time-out with every check, STOP with every reason, the dose, and what is left."""

import ast
import inspect
import json

import pytest
from django.test import Client

from stroma.courses.models import Course
from stroma.custody.domain.isbt128.build import build_patient_id
from stroma.custody.models import Lot, Scan
from stroma.custody.queries import WRONG_LABEL
from stroma.injection.bedside import CHECKED_BY
from stroma.injection.domain import time_out
from stroma.injection.models import Dose, TimeOut, TimeOutCancellation
from stroma.ledger.models import Entry
from stroma.simulation.clinic import SimulatedClinic
from tests.lots_on_the_way import collect, collected, dose_of, process, release, scan_of, signed_in
from tests.treated_courses import a_clinic

pytestmark = pytest.mark.django_db


def at_the_bedside() -> tuple[SimulatedClinic, Client, Course, Lot]:
    """A released dose and the physiatrist who will give it."""
    clinic = a_clinic()
    bench = collected(clinic)
    collect(bench)
    process(bench)
    lot = release(bench)
    assert bench.course is not None
    return clinic, signed_in(clinic.person("physiatrist")), bench.course, lot


def paused(client: Client, course: Course, clinic: SimulatedClinic) -> dict[str, str]:
    """What the form of the time-out holds once place and second person are chosen."""
    choices = client.get(f"/injection/courses/{course.pk}/time-out/").context["form"].fields["place"].choices
    return {"place": choices[0][0], "second_person": str(clinic.person("nurse").pk)}


def test_a_dose_is_given_after_both_scans_and_an_agreement() -> None:
    clinic, client, course, lot = at_the_bedside()
    address, dose = f"/injection/courses/{course.pk}/time-out/", dose_of(lot)
    made = paused(client, course, clinic)
    assert client.post(address, made).context["prompt"].wanted.name == "wristband"
    made["wristband"] = build_patient_id("00", course.patient.record_number)
    assert client.post(address, made).context["prompt"].wanted.name == "container"
    made["container"] = scan_of(dose)
    checked = client.post(address, made)
    assert [(check.code, check.holds) for check in checked.context["checks"]] == [
        ("patient", True),
        ("place", True),
        ("consent", True),
        ("product", True),
        ("release", True),
        ("expiry", True),
        ("people", True),
    ]
    assert TimeOut.objects.count() == 0
    go = client.post(address, made | {"agreed": "yes"})
    completed = TimeOut.objects.get()
    assert go.headers["Location"] == f"/injection/time-outs/{completed.pk}/"
    give = f"/injection/time-outs/{completed.pk}/dose/"
    much = client.post(give, {"volume_ml": "50", "guidance": "fluoroscopy"})
    assert {b.code for b in much.context["found"]} == {"container_holds_less", "volume_out_of_range"}
    given = client.post(give, {"volume_ml": str(dose.amount), "guidance": "fluoroscopy"})
    assert given.headers["Location"] == f"/injection/courses/{course.pk}/left/"
    assert Dose.objects.get().material == dose
    left = client.get(given.headers["Location"]).context["containers"]
    assert sorted(one.pk for one in left) == sorted(
        lot.materials.filter(state="HELD").values_list("pk", flat=True)
    )


def test_a_wrong_wristband_and_a_wrong_label_stop_with_both_reasons() -> None:
    clinic, client, course, _lot = at_the_bedside()
    made = paused(client, course, clinic)
    made |= {"wristband": build_patient_id("00", "P9999999"), "container": WRONG_LABEL}
    stopped = client.post(f"/injection/courses/{course.pk}/time-out/", made | {"agreed": "yes"})
    assert stopped.status_code == 422
    assert [b.code for b in stopped.context["found"]] == ["wristband_mismatch", "donation_mismatch"]
    broken = [check.code for check in stopped.context["checks"] if not check.holds]
    assert broken == ["patient", "product"]
    assert Scan.objects.get(purpose="time_out").blockers == ["wristband_mismatch", "donation_mismatch"]
    assert TimeOut.objects.count() == 0


def test_a_time_out_after_which_nothing_was_given_is_closed_on_its_page() -> None:
    clinic, client, course, lot = at_the_bedside()
    made = paused(client, course, clinic)
    made |= {"wristband": build_patient_id("00", course.patient.record_number)}
    made |= {"container": scan_of(dose_of(lot)), "agreed": "yes"}
    client.post(f"/injection/courses/{course.pk}/time-out/", made)
    completed = TimeOut.objects.get()
    assert client.get("/injection/").context["open"].rows == [completed]
    address = f"/injection/time-outs/{completed.pk}/cancel/"
    asked = client.post(address, {"reason": "unwell", "witness": str(clinic.person("nurse").pk)})
    said = {**asked.context["prompt"].kept, "container": scan_of(dose_of(lot)), "means": "TYPED"}
    refused = client.post(address, said)
    assert (refused.status_code, [b.code for b in refused.context["found"]]) == (
        422,
        ["container_not_seen_whole"],
    )
    closed = client.post(address, said | {"seen_whole": "on"})
    assert closed.headers["Location"] == "/injection/"
    scan = TimeOutCancellation.objects.get().scan
    assert [(one.name, one.means) for one in scan.readings.all()] == [("container", "TYPED")]
    entry = json.loads(Entry.objects.get(action="time_out.cancelled").text)
    assert entry["facts"]["read"] == {"container": {"means": "TYPED"}}
    assert client.get("/injection/").context["open"].rows == []
    give = client.post(
        f"/injection/time-outs/{completed.pk}/dose/", {"volume_ml": "1", "guidance": "fluoroscopy"}
    )
    assert "time_out_cancelled" in [b.code for b in give.context["found"]]


def test_a_time_out_alone_is_not_offered() -> None:
    clinic, client, course, _lot = at_the_bedside()
    made = paused(client, course, clinic) | {"second_person": str(clinic.person("physiatrist").pk)}
    refused = client.post(f"/injection/courses/{course.pk}/time-out/", made)
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["second_person"])


def test_every_reason_of_the_time_out_belongs_to_one_of_its_lines() -> None:
    tree = ast.parse(inspect.getsource(time_out.time_out_blockers))
    checks = next(node.value for node in tree.body[0].body if isinstance(node, ast.AnnAssign))  # type: ignore[attr-defined]  # a function's body
    codes = [row.elts[1].value for row in checks.elts]  # type: ignore[union-attr]  # rows of (applies, code, values)
    placed = [code for line in CHECKED_BY.values() for code in line]
    assert sorted(set(placed) - set(codes)) == ["scan_unreadable"]  # the reading's own, not the rule's
    assert sorted(set(codes) - set(placed)) == []


@pytest.mark.parametrize(
    ("part", "path", "status"),
    [
        ("nurse", "/injection/", 200),
        ("technologist", "/injection/", 403),
        ("nurse", "/injection/courses/{course}/time-out/", 403),
        ("physiatrist", "/injection/courses/{course}/time-out/", 200),
        ("coordinator", "/injection/courses/{course}/left/", 403),
    ],
)
def test_the_bedside_opens_to_its_roles(part: str, path: str, status: int) -> None:
    clinic = a_clinic()
    course = collected(clinic).course
    assert course is not None
    assert signed_in(clinic.person(part)).get(path.format(course=course.pk)).status_code == status
