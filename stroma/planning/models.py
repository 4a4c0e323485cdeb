"""When: the people, rooms and equipment that a visit takes, and the visits themselves.

Note [No double booking]
    A reservation holds one resource for a span of time. Two live reservations of one resource never
    overlap: on PostgreSQL an exclusion constraint refuses it, on SQLite a trigger (writers are one at a
    time there, so the trigger sees every committed row). A check before the insert is for the sentence
    only; it guards nothing, because an empty slot has no row to lock. A patient is a resource too, so
    nobody is in two places.

    The guard looks at resources, so whatever exists once must be one resource: a person is one wherever they
    work and whatever they are booked as, and so is a room. What it can be booked as stands in Capability.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from stroma.clinic.models import Place, Site, User
from stroma.courses.models import Course
from stroma.ledger.models import Record
from stroma.patients.models import Patient
from stroma.planning.replan_models import Replan

NO_DOUBLE_BOOKING = "planning_no_double_booking"
"""The name of the guard, by which PostgreSQL's refusal is known."""

DOUBLE_BOOKED = "That person, room or device is booked at that time."
"""The guard's sentence, by which SQLite's refusal is known."""


class Resource(Record):
    """Something a visit takes, of which there is one: a person, a room, a device, the patient.

    ``site`` is where it was first added; a person may have capabilities at several. ``place`` is the spot
    that is scanned for this resource alone: the room itself, a workplace in it, one place in an incubator.
    """

    identifies = frozenset({"patient", "user", "name"})

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="resources")
    name = models.CharField(max_length=150)
    user = models.OneToOneField(User, on_delete=models.PROTECT, null=True, related_name="resource")
    place = models.OneToOneField(Place, on_delete=models.PROTECT, null=True, related_name="resource")
    patient = models.OneToOneField(Patient, on_delete=models.PROTECT, null=True, related_name="resource")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=True) | Q(patient__isnull=True),
                name="a_resource_is_staff_or_patient_never_both",
            ),
            models.CheckConstraint(
                condition=Q(place__isnull=True) | Q(user__isnull=True, patient__isnull=True),
                name="a_person_is_no_place",
            ),
            models.UniqueConstraint(
                fields=["site", "name"],
                condition=Q(user__isnull=True, patient__isnull=True),
                name="a_thing_is_known_by_its_name_at_its_site",
            ),
        ]

    def __str__(self) -> str:
        return f"resource {self.id}"


class Capability(Record):
    """What a resource can be booked as at a site: one row for each kind."""

    identifies = frozenset[str]()

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="capabilities")
    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="capabilities")
    kind = models.CharField(max_length=24)

    class Meta:
        indexes = [models.Index(fields=["site", "kind"], name="capabilities_by_kind")]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "resource", "kind"], name="a_resource_has_a_kind_at_a_site_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.resource_id}"


class Visit(Record):
    """One appointment of a course's chain.

    A visit that was moved is cancelled, and the row that ``replaces`` it stands at the new time.
    """

    identifies = frozenset[str]()

    class State(models.TextChoices):
        BOOKED = "BOOKED", _("booked")
        COMPLETED = "COMPLETED", _("completed")
        CANCELLED = "CANCELLED", _("cancelled")
        MISSED = "MISSED", _("missed")

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="visits")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="visits")
    code = models.CharField(max_length=60)
    attempt = models.PositiveSmallIntegerField(default=1)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.BOOKED)
    booked_at = models.DateTimeField()
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")

    class Meta:
        ordering = ["starts_at"]
        indexes = [
            models.Index(fields=["site", "state", "starts_at"], name="visits_of_a_site_by_time"),
            models.Index(fields=["course", "state", "ends_at"], name="visits_of_a_course_by_state"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="a_visit_ends_after_it_starts"
            ),
            models.UniqueConstraint(
                fields=["course", "code"],
                condition=Q(state="BOOKED"),
                name="a_visit_is_booked_once_in_a_course",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Consultation(Record):
    """A first talk with a physiatrist, booked by somebody who need not be a patient yet.

    ``key`` is the visitor's way back to the booking, for whoever has the link; the ledger knows only ``id``.
    """

    identifies = frozenset({"name", "email", "telephone", "key"})

    class State(models.TextChoices):
        BOOKED = "BOOKED", _("booked")
        CANCELLED = "CANCELLED", _("cancelled")

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="consultations")
    physiatrist = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="+")
    room = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=150)
    email = models.EmailField(blank=True)
    telephone = models.CharField(max_length=40, blank=True)
    key = models.CharField(max_length=43, unique=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.BOOKED)
    booked_at = models.DateTimeField()

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="a_consultation_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=~Q(email="") | ~Q(telephone=""), name="a_consultation_names_a_way_to_be_reached"
            ),
        ]

    def __str__(self) -> str:
        return f"consultation {self.id}"


class Reservation(Record):
    """A resource held for a visit or for a consultation. Released by ``is_live = False``; never moved.

    ``hold`` is the code of what the protocol keeps for days: such a reservation lasts from the day of an earlier visit
    through the day of ``visit``. It is released with it, but where ``visit`` was missed or cancelled while cells may be
    in their place: then it stays, without an end (``left_in_place.py``).
    """

    identifies = frozenset[str]()

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, null=True, related_name="reservations")
    consultation = models.ForeignKey(
        Consultation, on_delete=models.PROTECT, null=True, related_name="reservations"
    )
    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="reservations")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    is_live = models.BooleanField(default=True)
    hold = models.CharField(max_length=60, null=True)  # noqa: DJ001 - a column without a default is added in place, with the table's guards

    class Meta:
        indexes = [
            models.Index(
                fields=["resource", "starts_at", "ends_at"],
                condition=Q(is_live=True),
                name="live_reservations",
            ),
            models.Index(
                fields=["resource", "starts_at", "id"],
                condition=Q(is_live=True, hold__isnull=True),
                name="bookings_by_time",
            ),
            models.Index(
                fields=["resource", "ends_at"],
                condition=Q(is_live=True, hold__isnull=False),
                name="things_kept_for_days",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="a_reservation_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(visit__isnull=False, consultation__isnull=True)
                | Q(visit__isnull=True, consultation__isnull=False),
                name="a_reservation_is_for_a_visit_or_a_consultation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} from {self.starts_at:%Y-%m-%d %H:%M}"


class HoldEnd(Record):
    """What was kept for days was set free before its last day: why, and from when on."""

    identifies = frozenset[str]()

    class Why(models.TextChoices):
        LOT_FAILED = "LOT_FAILED", _("the lot failed")
        COURSE_ENDED = "COURSE_ENDED", _("the course ended")
        CANCELLED = "CANCELLED", _("the visit was cancelled")
        MISSED = "MISSED", _("the visit did not take place")
        HARVESTED = "HARVESTED", _("the cells were harvested")
        MOVED = "MOVED", _("the cells were moved")
        EMPTY = "EMPTY", _("there are no cells in it any more")

    reservation = models.OneToOneField(Reservation, on_delete=models.PROTECT, related_name="hold_end")
    why = models.CharField(max_length=12, choices=Why.choices)
    ended_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.why} at {self.ended_at:%Y-%m-%d %H:%M}"


# Calendars and what waits have modules of their own; Django finds models where ``models`` names them.
from stroma.planning.calendar_models import (  # noqa: E402 - they point at Resource
    Absence,
    AbsenceTakenBack,
    TurnTime,
    WeekHours,
    WeekPlan,
)
from stroma.planning.waiting_models import (  # noqa: E402 - as above
    ChangeCall,
    ChangeCallTakenBack,
    MoveWish,
    Reminder,
    SlotOffer,
    VisitChange,
    Waiting,
)

__all__ = [
    "DOUBLE_BOOKED",
    "NO_DOUBLE_BOOKING",
    "Absence",
    "AbsenceTakenBack",
    "Capability",
    "ChangeCall",
    "ChangeCallTakenBack",
    "Consultation",
    "HoldEnd",
    "MoveWish",
    "Reminder",
    "Replan",
    "Reservation",
    "Resource",
    "SlotOffer",
    "TurnTime",
    "Visit",
    "VisitChange",
    "Waiting",
    "WeekHours",
    "WeekPlan",
]
