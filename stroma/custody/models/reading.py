"""How scans were read, and the photos that codes were read from."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stroma.clinic.models import Site, User
from stroma.custody.models.cells import Scan
from stroma.ledger.models import Record


class ScanPhoto(Record):
    """A photo from which a code was read, byte for byte. It is kept before anybody knows what the code decides."""

    identifies = frozenset({"content"})  # a photo may show a person or a name on a label

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    media_type = models.CharField(max_length=20)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    taken_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.sha256


class ScanReading(Record):
    """How one code of a scan was read: ``name`` is that of the code in the scan's ``raw``."""

    identifies = frozenset[str]()

    class Means(models.TextChoices):
        SCANNER = "SCANNER", _("by scanner")
        TYPED = "TYPED", _("typed by hand")
        PHOTO = "PHOTO", _("from a photo")
        SIMULATED = "SIMULATED", _("by the simulated scanner")

    scan = models.ForeignKey(Scan, on_delete=models.PROTECT, related_name="readings")
    name = models.CharField(max_length=60)
    means = models.CharField(max_length=9, choices=Means.choices)
    scanner = models.CharField("code on the scanner", max_length=80, blank=True)
    photo = models.ForeignKey(ScanPhoto, on_delete=models.PROTECT, null=True, related_name="readings")

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["scan", "name"], name="a_code_of_a_scan_is_read_one_way"),
            models.CheckConstraint(
                condition=Q(means="PHOTO", photo__isnull=False) | (~Q(means="PHOTO") & Q(photo__isnull=True)),
                name="what_was_read_from_a_photo_names_it",
            ),
            models.CheckConstraint(
                condition=Q(scanner="") | Q(means="SCANNER"), name="only_what_was_scanned_names_a_scanner"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.means}"
