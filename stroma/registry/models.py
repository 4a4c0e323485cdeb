"""What the registry counted last, kept where counting takes long.

Note [A count says of when it is]
    Counting every answer of thousands of courses takes seconds. A site's last count is kept with the place of the
    ledger at which it was made. Whoever opens the page sees that count, of when it is, whether anything was written
    since, and may count again; a site whose count is quick is counted each time. An extract and the command always
    count anew. The kept count is of groups: it holds no identifier of a course or a patient.
"""

from django.db import models

from stroma.clinic.models import Site


class PainCount(models.Model):
    """The last count of pain over time at a site, for one scale. See Note [A count says of when it is]."""

    identifies = frozenset({"table"})

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    instrument = models.CharField(max_length=20)
    counted_at = models.DateTimeField()
    sequence = models.BigIntegerField("the ledger's last entry then")
    seconds = models.FloatField("how long it took")
    table = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "instrument"], name="a_scale_is_counted_once_at_a_site")
        ]

    def __str__(self) -> str:
        return f"{self.instrument} as of {self.counted_at:%Y-%m-%d %H:%M}"
