"""Where a container lies in storage, whether it is frozen, and whether it is held back."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from stroma.clinic.models import Place, Site, User
from stroma.custody.domain.storage import UnitKind
from stroma.custody.models.cells import Material
from stroma.ledger.models import Record


class StorageUnit(Record):
    """A freezer, a tank or an incubator, standing in a place of the site."""

    identifies = frozenset[str]()

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="storage_units")
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="storage_units")
    kind = models.CharField(max_length=9, choices=[(kind.value, _(kind.value.lower())) for kind in UnitKind])
    name = models.CharField(max_length=80)
    code = models.CharField(max_length=20)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "code"], name="a_storage_unit_code_is_unique_at_its_site")
        ]

    def __str__(self) -> str:
        return self.name


class StoragePosition(Record):
    """One position for one container: shelf, rack, position, and the code that is scanned there."""

    identifies = frozenset[str]()

    unit = models.ForeignKey(StorageUnit, on_delete=models.PROTECT, related_name="positions")
    shelf = models.PositiveSmallIntegerField()
    rack = models.PositiveSmallIntegerField()
    position = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=40, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "shelf", "rack", "position"], name="a_storage_position_is_there_once"
            ),
            models.UniqueConstraint(fields=["unit", "code"], name="a_storage_code_names_one_position"),
        ]

    def __str__(self) -> str:
        return self.code


class StorageStay(Record):
    """A container lies in a position, or did until it was taken out."""

    identifies = frozenset[str]()

    position = models.ForeignKey(StoragePosition, on_delete=models.PROTECT, related_name="stays")
    material = models.ForeignKey(Material, on_delete=models.PROTECT, related_name="stays")
    stored_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    stored_at = models.DateTimeField()
    taken_out_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    taken_out_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["position"],
                condition=Q(taken_out_at__isnull=True),
                name="one_container_lies_in_a_position",
            ),
            models.UniqueConstraint(
                fields=["material"],
                condition=Q(taken_out_at__isnull=True),
                name="a_container_lies_in_one_position",
            ),
            models.CheckConstraint(
                condition=Q(taken_out_at__isnull=True, taken_out_by__isnull=True)
                | Q(taken_out_at__gte=F("stored_at"), taken_out_by__isnull=False),
                name="a_stay_ends_after_it_begins_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.material_id} in {self.position_id}"


class FreezeThaw(Record):
    """A container was frozen, or thawed; each at most once."""

    identifies = frozenset[str]()

    class Kind(models.TextChoices):
        FROZEN = "FROZEN", _("frozen")
        THAWED = "THAWED", _("thawed")

    material = models.ForeignKey(Material, on_delete=models.PROTECT, related_name="freeze_thaws")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["material", "kind"], name="a_container_is_frozen_and_thawed_at_most_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.material_id} {self.kind.lower()}"


class ContainerHold(Record):
    """A container is in quarantine by itself, whatever its lot's state: nothing of it is used until quality lifts it.

    Reasons in words stand sealed in the ledger.
    """

    identifies = frozenset[str]()

    class Cause(models.TextChoices):
        EXCURSION = "EXCURSION", _("temperature excursion")
        LOOK_BACK = "LOOK_BACK", _("look-back of the donor")
        DAMAGE = "DAMAGE", _("damage")
        OTHER = "OTHER", _("another reason")

    material = models.ForeignKey(Material, on_delete=models.PROTECT, related_name="holds")
    cause = models.CharField(max_length=9, choices=Cause.choices)
    placed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    placed_at = models.DateTimeField()
    lifted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["material", "cause"],
                condition=Q(lifted_at__isnull=True),
                name="a_container_is_held_once_for_a_cause",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True)
                | Q(lifted_at__gte=F("placed_at"), lifted_by__isnull=False),
                name="a_hold_is_lifted_by_somebody_after_it_began",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.material_id} held for {self.cause.lower()}"
