"""A plan that somebody asked for because something happened: what it proposes, and what was taken of it."""

from django.db import models
from django.db.models import Q

from stroma.clinic.models import Site, User
from stroma.ledger.models import Record


class Replan(Record):
    """One proposal. ``upset`` is what happened, ``found`` the rows by course; neither names a person.

    It is work in progress and no record: what is taken from it is written by the actions that move and book.
    """

    identifies = frozenset[str]()

    class State(models.TextChoices):
        FOUND = "FOUND", "found"
        SEARCHING = "SEARCHING", "searching"
        CLOSED = "CLOSED", "closed"

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="replans")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    upset = models.JSONField()
    found = models.JSONField()
    taken = models.JSONField(default=list)
    """The courses whose rows were taken."""
    state = models.CharField(max_length=9, choices=State.choices, default=State.FOUND)
    seconds = models.FloatField(default=0)
    search_for = models.FloatField(default=0)
    points = models.FloatField(null=True)
    bound = models.FloatField(null=True)
    is_stop_asked = models.BooleanField(default=False)
    beat_at = models.DateTimeField(null=True)
    """When the search last gave a sign of life."""

    class Meta:
        ordering = ["-asked_at"]
        indexes = [models.Index(fields=["site", "-asked_at"], name="replans_of_a_site")]
        constraints = [
            models.CheckConstraint(condition=Q(seconds__gte=0), name="a_search_takes_time"),
        ]

    def __str__(self) -> str:
        return f"replan {self.id}"
