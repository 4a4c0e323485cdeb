"""What waits about visits: wishes to move one, courses waiting for a slot, offers, reminders, changes to tell."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from stroma.clinic.models import Site, User
from stroma.courses.models import Course
from stroma.ledger.models import Record


class MoveWish(Record):
    """A patient asks for another time of a visit. The coordinator answers: it moves, or it stays, with a word why."""

    identifies = frozenset({"words", "answer"})

    class State(models.TextChoices):
        OPEN = "OPEN", _("waits for an answer")
        MOVED = "MOVED", _("the visit moved")
        STAYS = "STAYS", _("the visit stays")

    visit = models.ForeignKey("planning.Visit", on_delete=models.PROTECT, related_name="move_wishes")
    words = models.CharField(max_length=500)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=5, choices=State.choices, default=State.OPEN)
    answer = models.CharField(max_length=500, blank=True)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["visit"], condition=Q(state="OPEN"), name="a_visit_has_one_open_wish_to_move"
            ),
            models.CheckConstraint(
                condition=Q(state="OPEN", answered_by__isnull=True, answered_at__isnull=True)
                | ~Q(state="OPEN") & Q(answered_by__isnull=False, answered_at__isnull=False),
                name="a_wish_is_open_or_answered_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"wish of {self.asked_at:%Y-%m-%d}"


class Waiting(Record):
    """A course that waits for a chain of visits that suits: from when, by when, on which weekdays, with whom."""

    identifies = frozenset[str]()

    class State(models.TextChoices):
        WAITING = "WAITING", _("waits")
        BOOKED = "BOOKED", _("was booked")
        LEFT = "LEFT", _("waits no longer")

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="waiting")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="waiting")
    since = models.DateTimeField()
    first_by = models.DateField()
    weekdays = models.CharField(max_length=7, default="01234")
    physiatrist = models.ForeignKey(
        "planning.Resource", on_delete=models.PROTECT, null=True, related_name="+"
    )
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["since"]
        constraints = [
            models.UniqueConstraint(
                fields=["course"], condition=Q(state="WAITING"), name="a_course_waits_once"
            ),
            models.CheckConstraint(
                condition=Q(state="WAITING", ended_at__isnull=True)
                | ~Q(state="WAITING") & Q(ended_at__isnull=False),
                name="a_course_waits_or_has_ended_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"waiting since {self.since:%Y-%m-%d}"


class SlotOffer(Record):
    """A whole chain that was free and is offered to whoever waits, until it expires.

    ``plan`` is the chain as ids and times. Nothing is reserved for it; within the waiting list it is offered once.
    """

    identifies = frozenset[str]()

    class State(models.TextChoices):
        OPEN = "OPEN", _("waits for an answer")
        ACCEPTED = "ACCEPTED", _("accepted")
        DECLINED = "DECLINED", _("declined")
        EXPIRED = "EXPIRED", _("nobody answered in time")
        GONE = "GONE", _("taken by another booking")

    waiting = models.ForeignKey(Waiting, on_delete=models.PROTECT, related_name="offers")
    plan = models.JSONField()
    starts_at = models.DateTimeField()
    offered_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["offered_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["waiting"], condition=Q(state="OPEN"), name="a_waiting_course_has_one_open_offer"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("offered_at")), name="an_offer_expires_after_it_was_made"
            ),
            models.CheckConstraint(
                condition=Q(state="OPEN", answered_at__isnull=True)
                | ~Q(state="OPEN") & Q(answered_at__isnull=False),
                name="an_offer_is_open_or_answered",
            ),
        ]

    def __str__(self) -> str:
        return f"offer of {self.offered_at:%Y-%m-%d %H:%M}"


class Reminder(Record):
    """A patient is reminded of a visit, once for each lead: by e-mail, or by whoever telephones."""

    identifies = frozenset[str]()

    class State(models.TextChoices):
        DRAFTED = "DRAFTED", _("to be sent")
        SENT = "SENT", _("sent by e-mail")
        TO_PHONE = "TO_PHONE", _("to be phoned")
        PHONED = "PHONED", _("phoned")

    visit = models.ForeignKey("planning.Visit", on_delete=models.PROTECT, related_name="reminders")
    days_before = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=8, choices=State.choices)
    drafted_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["drafted_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["visit", "days_before"], name="a_patient_is_reminded_once_for_each_lead"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["DRAFTED", "TO_PHONE"], done_at__isnull=True)
                | Q(state__in=["SENT", "PHONED"], done_at__isnull=False),
                name="a_reminder_is_to_do_or_done",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.days_before} days before"


class VisitChange(Record):
    """A visit that a patient attends moved or was cancelled, and the patient is to be told what was and what is.

    ``was`` is the row that the patient knows of; ``now`` the one they were told of, none where there is no more. While
    nobody told them, further changes of the same visit add nothing; one that stands as before again is never told.
    """

    identifies = frozenset[str]()

    class Why(models.TextChoices):
        ASKED = "ASKED", _("You asked for another time.")
        OWN = "OWN", _("You cancelled it.")
        CLINIC = "CLINIC", _("The clinic had to change it. We are sorry for the trouble.")

    class State(models.TextChoices):
        TO_TELL = "TO_TELL", _("to be told")
        MAILED = "MAILED", _("told by e-mail")
        SHOWN = "SHOWN", _("no mail reached them; shown on their own page")
        UNDONE = "UNDONE", _("undone before anybody was told")

    was = models.OneToOneField("planning.Visit", on_delete=models.PROTECT, related_name="change")
    now = models.ForeignKey("planning.Visit", on_delete=models.PROTECT, null=True, related_name="+")
    why = models.CharField(max_length=6, choices=Why.choices)
    changed_at = models.DateTimeField()
    state = models.CharField(max_length=7, choices=State.choices, default=State.TO_TELL)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["changed_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="TO_TELL", done_at__isnull=True, now__isnull=True)
                | ~Q(state="TO_TELL") & Q(done_at__isnull=False),
                name="a_change_is_to_be_told_or_done",
            ),
        ]

    def __str__(self) -> str:
        return f"change of {self.changed_at:%Y-%m-%d}"


class ChangeCall(Record):
    """Somebody telephoned a patient about a visit that changed: ``change`` is the first that no mail told.

    It speaks for every change of the same visit up to then. ``told`` is the booking that was named, none where the
    visit was cancelled. A call noted by mistake is taken back by a row of its own.
    """

    identifies = frozenset[str]()

    change = models.ForeignKey(VisitChange, on_delete=models.PROTECT, related_name="calls")
    told = models.ForeignKey("planning.Visit", on_delete=models.PROTECT, null=True, related_name="+")
    called_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    called_at = models.DateTimeField()

    class Meta:
        ordering = ["called_at"]

    def __str__(self) -> str:
        return f"called at {self.called_at:%Y-%m-%d %H:%M}"


class ChangeCallTakenBack(Record):
    """A call that was noted and not made: the patient is to be called still."""

    identifies = frozenset({"reason"})

    call = models.OneToOneField(ChangeCall, on_delete=models.PROTECT, related_name="taken_back")
    reason = models.CharField(max_length=200)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"taken back at {self.decided_at:%Y-%m-%d %H:%M}"
