"""When: the people, rooms and equipment that a visit takes, and the visits themselves.

Note [No double booking]
    A reservation holds one resource for a span of time. Two live reservations of one resource never overlap: on
    PostgreSQL an exclusion constraint refuses it, on SQLite a trigger (writers are one at a time there, so the trigger
    sees every committed row). A check before the insert is for the sentence only; it guards nothing, because an empty
    slot has no row to lock. A patient is a resource too, so nobody is in two places.
"""

from django.db import models
from django.db.models import F, Q

from stroma.clinic.models import Place, Site, User
from stroma.courses.models import Course
from stroma.ledger.models import Record
from stroma.patients.models import Patient


class Resource(Record):
    """Something a visit takes, of which there is one: a person, a room, a device, an incubator place, the patient."""

    identifies = frozenset({"patient", "user", "name"})

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="resources")
    kind = models.CharField(max_length=24)
    name = models.CharField(max_length=150)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="resources")
    place = models.ForeignKey(Place, on_delete=models.PROTECT, null=True, related_name="resources")
    patient = models.OneToOneField(Patient, on_delete=models.PROTECT, null=True, related_name="resource")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "kind", "user"], name="a_person_is_a_resource_of_a_kind_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class Visit(Record):
    """One appointment of a course's chain."""

    identifies = frozenset[str]()

    class State(models.TextChoices):
        BOOKED = "BOOKED", "booked"
        COMPLETED = "COMPLETED", "completed"
        CANCELLED = "CANCELLED", "cancelled"
        MISSED = "MISSED", "missed"

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="visits")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="visits")
    code = models.CharField(max_length=60)
    attempt = models.PositiveSmallIntegerField(default=1)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.BOOKED)
    booked_at = models.DateTimeField()

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="a_visit_ends_after_it_starts"),
            models.UniqueConstraint(
                fields=["course", "code"], condition=Q(state="BOOKED"), name="a_visit_is_booked_once_in_a_course"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Reservation(Record):
    """A resource held for a visit. Released by ``is_live = False``; never moved."""

    identifies = frozenset[str]()

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="reservations")
    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="reservations")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    is_live = models.BooleanField(default=True)

    class Meta:
        indexes = [models.Index(fields=["resource", "starts_at"], condition=Q(is_live=True), name="live_reservations")]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="a_reservation_ends_after_it_starts")
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} from {self.starts_at:%Y-%m-%d %H:%M}"
