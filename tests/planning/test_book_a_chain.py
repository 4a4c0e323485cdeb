"""Booking a course's visits: all or none, with a reason for every refusal and one ledger entry."""

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from stroma.clinic.authority import NotAuthorized
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import Place
from stroma.courses.actions import stop_course, withdraw_from_course
from stroma.ledger.models import Entry
from stroma.patients.actions import withdraw_consent
from stroma.planning import asking
from stroma.planning.actions import (
    NotAddable,
    NotBookable,
    VisitNotEnded,
    add_resource,
    book_chain,
    cancel_visits,
    complete_visit,
    miss_visit,
)
from stroma.planning.calendars import opening_hours
from stroma.planning.domain.board import needs_of
from stroma.planning.domain.chain import ChainPlan, NoChain, PlannedVisit
from stroma.planning.domain.checker import chain_blockers
from stroma.planning.domain.kinds import PATIENT, Bookable
from stroma.planning.models import Capability, Reservation, Resource, Visit
from stroma.planning.queries import busy_spans, free_resources, visits_of
from stroma.protocols.library import shipped_protocol
from tests.factories import NOW, a_patient, a_site, a_user, an_open_course
from tests.planning.clinic_cases import a_staffed_clinic

pytestmark = pytest.mark.django_db

HELD = {"screening": NOW - timedelta(days=7), "consent": NOW}
TREATMENT = shipped_protocol("disc-marrow-concentrate").protocol


def codes(refused) -> list[str]:
    return [blocker.code for blocker in refused.value.blockers]


@pytest.fixture
def site():
    return a_site()


@pytest.fixture
def coordinator(site):
    return a_user(site, Role.COORDINATOR)


@pytest.fixture
def course(site):
    return an_open_course(site)


def book(course, by, **values):
    return book_chain(**{"course": course, "earliest": NOW, "held": HELD, "by": by, "at": NOW, **values})


def plan_of(course) -> ChainPlan:
    """What stands in the tables, as the checker takes it: the resources in the order of the roles."""
    visits = []
    for visit in course.visits.filter(state=Visit.State.BOOKED):
        taken = list(visit.reservations.filter(is_live=True))
        wanted = next(v for v in TREATMENT.visits if v.code == visit.code)
        ids = []
        for kind in needs_of(wanted):
            able = next(r for r in taken if kind in kinds_of(r.resource) and r.resource_id not in ids)
            ids.append(able.resource_id)
            assert (able.starts_at, able.ends_at) == (visit.starts_at, visit.ends_at)
        assert len(ids) == len(taken)
        visits.append(PlannedVisit(visit.code, visit.starts_at, visit.ends_at, tuple(ids)))
    return ChainPlan(tuple(visits))


def kinds_of(resource: Resource) -> set[str]:
    if resource.patient_id:
        return {PATIENT}
    return set(resource.capabilities.values_list("kind", flat=True))


def test_a_chain_is_booked_by_every_rule_of_the_protocol(site, coordinator, course):
    a_staffed_clinic(site)
    visits = book(course, coordinator)
    assert [visit.code for visit in visits] == [v.code for v in TREATMENT.visits][2:]
    everybody = [Bookable(r.id, frozenset(kinds_of(r))) for r in Resource.objects.all()]
    assert (
        chain_blockers(
            plan_of(course),
            visits=TREATMENT.visits,
            resources=everybody,
            earliest=NOW,
            hours=opening_hours(site),
            held=HELD,
        )
        == []
    )


def test_a_booking_is_one_entry_in_the_chains_of_course_patient_and_site(site, coordinator, course):
    a_staffed_clinic(site)
    before = Entry.objects.count()
    visits = book(course, coordinator)
    entry = Entry.objects.last()
    assert Entry.objects.count() == before + 1
    assert sorted(str(link.chain) for link in entry.links.all()) == sorted(
        [f"course:{course.id}", f"patient:{course.patient_id}", f"site:{site.id}"]
    )
    facts = json.loads(entry.text)["facts"]
    assert [booked["visit"] for booked in facts["visits"]] == [str(visit.id) for visit in visits]
    assert sorted(facts["visits"][0]["resources"]) == sorted(
        str(r.resource_id) for r in visits[0].reservations.all()
    )


def overlaps() -> list[tuple[Reservation, Reservation]]:
    live = Reservation.objects.filter(is_live=True).order_by("resource", "starts_at")
    return [(a, b) for a, b in pairwise(live) if a.resource_id == b.resource_id and b.starts_at < a.ends_at]


def test_patients_of_one_small_clinic_never_meet(site, coordinator):
    a_staffed_clinic(site, people=1, things=1)
    for protocol_id in ["disc-marrow-concentrate", "medication", "disc-marrow-concentrate"]:
        book(an_open_course(site, protocol_id=protocol_id), coordinator)
    assert overlaps() == []


def test_a_site_without_a_c_arm_books_nothing(site, coordinator, course):
    a_staffed_clinic(site)
    Capability.objects.filter(kind="c_arm").delete()
    with pytest.raises(NoChain) as refused:
        book(course, coordinator)
    assert codes(refused) == ["resource_missing"]
    assert (Visit.objects.count(), Reservation.objects.count()) == (0, 0)


def test_only_a_coordinator_books(site, course):
    with pytest.raises(NotAuthorized):
        book(course, a_user(site, Role.NURSE))


def test_a_course_without_consent_is_not_booked(site, coordinator):
    with pytest.raises(NotBookable) as refused:
        book(an_open_course(site, is_consented=False), coordinator)
    assert codes(refused) == ["booking_consent_missing"]


def test_a_withdrawn_consent_books_nothing(site, coordinator, course):
    withdraw_consent(consent=course.consent, reason="", by=coordinator, at=NOW)
    with pytest.raises(NotBookable) as refused:
        book(course, coordinator)
    assert codes(refused) == ["booking_consent_withdrawn"]


def test_every_reason_is_given_at_once(site, coordinator, course):
    a_staffed_clinic(site)
    book(course, coordinator)
    withdraw_consent(consent=course.consent, reason="", by=coordinator, at=NOW)
    with pytest.raises(NotBookable) as refused:
        book(course, coordinator)
    assert codes(refused) == ["booking_consent_withdrawn", "visits_already_booked"]


def test_a_course_whose_consent_was_taken_back_books_nothing(site, coordinator, course):
    a_staffed_clinic(site)
    book(course, coordinator)
    withdraw_from_course(course=course, reason="", by=coordinator, at=NOW)
    with pytest.raises(NotBookable) as refused:
        book(course, coordinator)
    assert codes(refused) == ["booking_course_not_open", "booking_consent_withdrawn"]


def test_a_stopped_course_is_not_booked(site, coordinator, course):
    stop_course(course=course, reason="moved away", by=coordinator, at=NOW)
    with pytest.raises(NotBookable) as refused:
        book(course, coordinator)
    assert codes(refused) == ["booking_course_not_open"]


def test_cancelling_frees_everything_and_the_chain_can_be_booked_again(site, coordinator, course):
    a_staffed_clinic(site, people=1, things=1)
    first = [(v.code, v.starts_at) for v in book(course, coordinator)]
    cancelled = cancel_visits(course=course, reason="a funeral", by=coordinator, at=NOW)
    assert {v.state for v in cancelled} == {Visit.State.CANCELLED}
    assert Reservation.objects.filter(is_live=True).count() == 0
    again = book(course, coordinator)
    assert [(v.code, v.starts_at) for v in again] == first
    assert {v.attempt for v in again} == {2}
    entry = Entry.objects.get(action="visits.cancelled")
    assert "funeral" not in entry.text
    assert [sealed.text for sealed in entry.sealed_texts.all()] == ["a funeral"]


def test_a_course_that_ends_frees_what_it_had_booked(site, coordinator, course):
    a_staffed_clinic(site, people=1, things=1)
    book(course, coordinator)
    stop_course(course=course, reason="moved away", by=coordinator, at=NOW)
    assert set(Visit.objects.filter(course=course).values_list("state", flat=True)) == {Visit.State.CANCELLED}
    assert Reservation.objects.filter(is_live=True).count() == 0
    last_two = Entry.objects.order_by("-sequence").values_list("action", flat=True)[:2]
    assert list(last_two) == ["visits.cancelled", "course.stopped"]


def test_completed_visits_are_kept_and_the_rest_follows_them(site, coordinator, course):
    a_staffed_clinic(site)
    collection = book(course, coordinator)[0]
    complete_visit(visit=collection, by=a_user(site, Role.NURSE), at=collection.ends_at)
    later = collection.ends_at + timedelta(minutes=1)
    cancel_visits(course=course, reason="the culture failed", by=coordinator, at=later)
    again = book(course, coordinator, at=later, earliest=later)
    assert [v.code for v in again] == [v.code for v in TREATMENT.visits][3:]
    assert again[0].starts_at == collection.starts_at + timedelta(
        minutes=60
    )  # the first quarter after `later`


def test_a_missed_visit_frees_what_it_held(site, coordinator, course):
    a_staffed_clinic(site)
    collection = book(course, coordinator)[0]
    missed = miss_visit(visit=collection, reason="no driver", by=coordinator, at=collection.ends_at)
    assert missed.state == Visit.State.MISSED
    assert [r.is_live for r in missed.reservations.all()] == [False] * missed.reservations.count()
    assert Entry.objects.last().action == "visit.missed"


@pytest.mark.parametrize(
    ("end", "reasons"),
    [
        (lambda visit, by: miss_visit(visit=visit, reason="late", by=by, at=NOW), ["visit_not_begun"]),
        (
            lambda visit, by: miss_visit(visit=visit, reason=" ", by=by, at=visit.starts_at),
            ["visit_reason_missing"],
        ),
    ],
    ids=["not begun", "no reason"],
)
def test_a_visit_is_not_missed_without_cause(site, coordinator, course, end, reasons):
    a_staffed_clinic(site)
    visit = book(course, coordinator)[0]
    with pytest.raises(VisitNotEnded) as refused:
        end(visit, coordinator)
    assert codes(refused) == reasons


def test_a_visit_ends_once(site, coordinator, course):
    a_staffed_clinic(site)
    visit = book(course, coordinator)[0]
    complete_visit(visit=visit, by=coordinator, at=visit.ends_at)
    with pytest.raises(VisitNotEnded) as refused:
        complete_visit(visit=visit, by=coordinator, at=visit.ends_at)
    assert codes(refused) == ["visit_not_booked"]
    with pytest.raises(VisitNotEnded) as refused:
        miss_visit(visit=visit, reason="", by=coordinator, at=visit.ends_at)
    assert codes(refused) == ["visit_not_booked", "visit_reason_missing"]


def test_there_is_nothing_to_cancel_without_a_booking(coordinator, course):
    with pytest.raises(VisitNotEnded) as refused:
        cancel_visits(course=course, reason="", by=coordinator, at=NOW)
    assert codes(refused) == ["no_visit_booked", "visit_reason_missing"]


def seeing_nothing_booked(times: int, monkeypatch) -> None:
    """Let the planner overlook every booking ``times`` times, as when a rival commits after it looked."""
    real, left = asking.bookables, [times]

    def overlooking(**values):
        left[0] -= 1
        seen = real(**values)
        return [Bookable(b.id, b.kinds) for b in seen] if left[0] >= 0 else seen

    monkeypatch.setattr(asking, "bookables", overlooking)


def test_a_booking_that_a_rival_overtook_is_planned_round_the_rival(site, coordinator, course, monkeypatch):
    a_staffed_clinic(site, people=1, things=1)
    rival = book(an_open_course(site), coordinator)
    seeing_nothing_booked(2, monkeypatch)
    visits = book(course, coordinator)
    assert visits[0].starts_at >= rival[0].ends_at
    assert Entry.objects.filter(action="visits.booked").count() == 2


def test_a_booking_that_is_overtaken_every_time_keeps_nothing(site, coordinator, course, monkeypatch):
    a_staffed_clinic(site, people=1, things=1)
    book(an_open_course(site), coordinator)
    seeing_nothing_booked(9, monkeypatch)
    with pytest.raises(NotBookable) as refused:
        book(course, coordinator)
    assert codes(refused) == ["slot_taken"]
    assert course.visits.count() == 0
    assert Entry.objects.filter(action="visits.booked").count() == 1


def test_a_person_of_two_kinds_is_one_resource(site, coordinator):
    person = a_user(site, Role.QUALITY, Role.TECHNOLOGIST)
    one, other = (
        add_resource(site=site, kind=kind, name="Q", user=person, by=coordinator, at=NOW)
        for kind in ("quality", "technologist")
    )
    assert one == other
    assert kinds_of(one) == {"quality", "technologist"}


def test_a_person_who_works_at_two_sites_is_one_resource(site, coordinator):
    person = a_user(site, Role.NURSE)
    here = add_resource(site=site, kind="nurse", name="N", user=person, by=coordinator, at=NOW)
    elsewhere = a_site()
    person.role_assignments.create(site=elsewhere, role=Role.NURSE, active_from=NOW)
    there = add_resource(
        site=elsewhere, kind="nurse", name="N", user=person, by=a_user(elsewhere, Role.COORDINATOR), at=NOW
    )
    assert here == there
    Reservation.objects.create(visit=a_lone_visit(site), resource=here, starts_at=NOW, ends_at=NOW + HOUR)
    busy = busy_spans(site=elsewhere, kinds=["nurse"], start=NOW, end=NOW + HOUR)
    assert [len(spans) for spans in busy.values()] == [1]


HOUR = timedelta(hours=1)


def a_lone_visit(site, starts_at=NOW) -> Visit:
    return Visit.objects.create(
        site=site,
        course=an_open_course(site),
        code="screening",
        starts_at=starts_at,
        ends_at=starts_at + HOUR,
        booked_at=NOW,
    )


@pytest.mark.parametrize(
    ("why", "wanted", "reasons"),
    [
        ("an unknown kind", {"kind": "barber"}, ["resource_kind_unknown"]),
        ("a nurse without an account", {"kind": "nurse"}, ["resource_needs_person"]),
        ("a nurse who is a technologist", {"kind": "nurse", "user": True}, ["resource_lacks_role"]),
        ("a room with an account", {"kind": "laboratory", "user": True}, ["resource_is_no_person"]),
        (
            "a person with a place",
            {"kind": "technologist", "user": True, "place": "here"},
            ["resource_person_has_no_place"],
        ),
        (
            "a room of another site",
            {"kind": "laboratory", "place": "elsewhere"},
            ["resource_place_elsewhere"],
        ),
        ("a room twice", {"kind": "consulting_room", "name": "Room 1"}, ["resource_exists"]),
        ("a room that is a C-arm", {"kind": "c_arm", "name": "Room 1"}, ["resource_of_another_sort"]),
        (
            "a name that stands elsewhere",
            {"kind": "laboratory", "name": "Room 1", "place": "here"},
            ["resource_name_taken"],
        ),
    ],
)
def test_what_cannot_be_booked_is_not_added(site, coordinator, why, wanted, reasons):
    places = {
        name: Place.objects.create(site=at, kind=Place.Kind.LABORATORY, name=name, code=name)
        for name, at in (("here", site), ("elsewhere", a_site()))
    }
    add_resource(site=site, kind="consulting_room", name="Room 1", by=coordinator, at=NOW)
    before = Entry.objects.count()
    values = {"name": "New", **wanted}
    if values.pop("user", False):
        values["user"] = a_user(site, Role.TECHNOLOGIST)
        before = Entry.objects.count()
    if "place" in values:
        values["place"] = places[values["place"]]
    with pytest.raises(NotAddable) as refused:
        add_resource(site=site, by=coordinator, at=NOW, **values)
    assert codes(refused) == reasons
    assert Entry.objects.count() == before


def test_a_room_of_two_kinds_is_one_room(site, coordinator):
    place = Place.objects.create(site=site, kind=Place.Kind.PROCEDURE_ROOM, name="Room 1", code="R1")
    rooms = [
        add_resource(site=site, kind=kind, name="Room 1", place=place, by=coordinator, at=NOW)
        for kind in ("procedure_room", "consulting_room")
    ]
    assert rooms[0] == rooms[1]


def test_who_is_free_is_told_by_name(site, coordinator):
    first = a_staffed_clinic(site)["nurse"]
    Reservation.objects.create(visit=a_lone_visit(site), resource=first, starts_at=NOW, ends_at=NOW + HOUR)

    def free(start, end):
        return [r.name for r in free_resources(site=site, kind="nurse", starts_at=start, ends_at=end)]

    assert free(NOW, NOW + HOUR) == ["nurse 1"]
    assert free(NOW + HOUR, NOW + 2 * HOUR) == ["nurse 0", "nurse 1"]
    first.user.is_active = False
    first.user.save()
    assert free(NOW + HOUR, NOW + 2 * HOUR) == ["nurse 1"]


def test_the_visits_of_a_course_take_three_queries_however_many_there_are(
    site, coordinator, course, django_assert_num_queries
):
    a_staffed_clinic(site)
    book(course, coordinator)
    with django_assert_num_queries(3):
        seen = [(v.code, [r.resource.name for r in v.reservations.all()]) for v in visits_of(course)]
    assert [code for code, _ in seen] == [v.code for v in TREATMENT.visits][2:]


def test_what_is_busy_takes_one_query(site, coordinator, course, django_assert_num_queries):
    a_staffed_clinic(site)
    book(course, coordinator)
    end = datetime(2028, 1, 1, tzinfo=UTC)
    with django_assert_num_queries(1):
        busy = busy_spans(site=site, kinds=["c_arm", "nurse"], start=NOW, end=end)
    assert sorted(len(spans) for spans in busy.values()) == [
        2,
        3,
    ]  # collection, injection; the call a day later


def test_a_patient_of_two_courses_is_in_one_place_at_a_time(site, coordinator):
    a_staffed_clinic(site)
    patient = a_patient(site)
    courses = [an_open_course(patient=patient, protocol_id="medication") for _ in range(2)]
    visits = [visit for course in courses for visit in book(course, coordinator)]
    assert Resource.objects.get(patient=patient).reservations.count() == len(visits)
    assert overlaps() == []
