"""When a site is open and who works when. Nothing here is changed: a change is a new row with its day.

So what held on a past day can always be read, and no change of a calendar moves the past.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from stroma.clinic.models import Site, User
from stroma.ledger.models import Record


class WeekPlan(Record):
    """The hours of a week from a day on, until the next plan: a site's, for patients or laboratory, or one person's.

    Of two plans that begin on one day the later one holds. ``area`` is empty for a person's shifts.
    """

    identifies = frozenset({"reason"})

    class Area(models.TextChoices):
        PATIENTS = "PATIENTS", _("patients are seen")
        LABORATORY = "LABORATORY", _("cells are tended")

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="week_plans")
    resource = models.ForeignKey(
        "planning.Resource", on_delete=models.PROTECT, null=True, related_name="week_plans"
    )
    area = models.CharField(max_length=10, choices=Area.choices, blank=True)
    valid_from = models.DateField()
    reason = models.CharField(max_length=200)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ["valid_from", "decided_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(resource__isnull=True) & ~Q(area="") | Q(resource__isnull=False, area=""),
                name="a_week_is_a_sites_for_an_area_or_a_persons",
            )
        ]

    def __str__(self) -> str:
        return f"week from {self.valid_from:%Y-%m-%d}"


class WeekHours(Record):
    """One stretch of a week plan, by the site's clock; an end at or before the start is the next day's."""

    identifies = frozenset[str]()

    plan = models.ForeignKey(WeekPlan, on_delete=models.PROTECT, related_name="hours")
    weekday = models.PositiveSmallIntegerField()
    opens = models.TimeField()
    closes = models.TimeField()

    class Meta:
        ordering = ["weekday", "opens"]
        constraints = [
            models.CheckConstraint(condition=Q(weekday__lte=6), name="a_weekday_is_monday_to_sunday")
        ]

    def __str__(self) -> str:
        return f"{self.weekday}: {self.opens:%H:%M}-{self.closes:%H:%M}"


class Absence(Record):
    """A time at which a site is closed, somebody is away, a device is down, or somebody may not act as a kind.

    ``resource`` is empty for the whole site; ``as_kind`` says as what somebody is not to be booked, empty for
    everything. ``is_for_laboratory`` says whether a closed site does not tend cells either.
    """

    identifies = frozenset({"reason"})

    class Kind(models.TextChoices):
        HOLIDAY = "HOLIDAY", _("holiday")
        CLOSURE = "CLOSURE", _("closed")
        AWAY = "AWAY", _("away")
        DOWN = "DOWN", _("out of order")
        NOT_COMPETENT = "NOT_COMPETENT", _("not to act as")

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="absences")
    resource = models.ForeignKey(
        "planning.Resource", on_delete=models.PROTECT, null=True, related_name="absences"
    )
    kind = models.CharField(max_length=13, choices=Kind.choices)
    as_kind = models.CharField(max_length=24, blank=True)
    is_for_laboratory = models.BooleanField(default=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=200)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ["starts_at"]
        indexes = [models.Index(fields=["site", "ends_at"], name="absences_of_a_site_by_end")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="an_absence_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(resource__isnull=True, kind__in=["HOLIDAY", "CLOSURE"], as_kind="")
                | Q(resource__isnull=False, kind__in=["AWAY", "DOWN"], as_kind="", is_for_laboratory=False)
                | Q(resource__isnull=False, kind="NOT_COMPETENT", is_for_laboratory=False) & ~Q(as_kind=""),
                name="a_site_closes_and_a_resource_is_away",
            ),
        ]

    @property
    def kind_word(self) -> str:
        """What somebody is not to act as, in words."""
        return self.as_kind.replace("_", " ")

    def __str__(self) -> str:
        return f"{self.kind} from {self.starts_at:%Y-%m-%d %H:%M}"


class AbsenceTakenBack(Record):
    """From when an absence no longer holds; what was of it before stays."""

    identifies = frozenset({"reason"})

    absence = models.OneToOneField(Absence, on_delete=models.PROTECT, related_name="taken_back")
    reason = models.CharField(max_length=200)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"taken back at {self.decided_at:%Y-%m-%d %H:%M}"


class TurnTime(Record):
    """What things of a kind need before and after a visit at a site, for visits booked from a day on."""

    identifies = frozenset({"reason"})

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="turn_times")
    kind = models.CharField(max_length=24)
    before_minutes = models.PositiveSmallIntegerField()
    after_minutes = models.PositiveSmallIntegerField()
    valid_from = models.DateField()
    reason = models.CharField(max_length=200)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ["valid_from", "decided_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(before_minutes__lte=240, after_minutes__lte=240),
                name="a_turn_takes_at_most_4_hours",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.before_minutes}/{self.after_minutes}"
