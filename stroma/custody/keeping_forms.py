"""What is filled in about keeping containers: parts, quarantine, storage units, boxes and their limits."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from stroma.clinic.models import Place, Site
from stroma.clinic.queries import places_of
from stroma.custody.domain.storage import UnitKind
from stroma.custody.domain.transport import DEFAULT_LIMITS, Limits
from stroma.custody.models import ContainerHold, Material
from stroma.custody.storage_queries import container_with_scan, pool_partners
from stroma.custody.transport_queries import packable
from stroma.look.formats import amount_text

STORAGES = {
    "room_temperature": _("room temperature"),
    "refrigerated": _("refrigerated"),
    "vapor_phase_nitrogen": _("frozen"),
}


class ContainerChoice(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # the class takes its type in checking only
    """Containers, shown by donation and division."""

    def label_from_instance(self, obj: Material) -> str:
        """Donation, division, what is left."""
        return f"{obj.lot.din} {obj.division}, {amount_text(obj.remaining)} {obj.unit}"


class SplitForm(forms.Form):
    """Into how many parts, and how much in each."""

    parts = forms.IntegerField(label=_("How many parts"), min_value=1, max_value=100, initial=2)
    amount = forms.DecimalField(label=_("Amount in each"), min_value=Decimal("0.001"), decimal_places=3)

    def __init__(self, *args: object, material: Material, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own, handed through
        self.fields["amount"].help_text = _("In %(unit)s; the container holds %(held)s.") % {
            "unit": material.unit,
            "held": amount_text(material.remaining),
        }


class SampleForm(forms.Form):
    """How much is taken."""

    amount = forms.DecimalField(label=_("Amount"), min_value=Decimal("0.001"), decimal_places=3)

    def __init__(self, *args: object, material: Material, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own, handed through
        self.fields["amount"].help_text = _("In %(unit)s; the container holds %(held)s.") % {
            "unit": material.unit,
            "held": amount_text(material.remaining),
        }


class PoolForm(forms.Form):
    """With which other containers."""

    others = ContainerChoice(None, label=_("Pool with"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: object, material: Material, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own, handed through
        partners = pool_partners(material).select_related("lot")
        self.fields["others"].queryset = partners  # type: ignore[attr-defined]  # of a ModelChoiceField
        if not partners.exists():
            self.fields["others"].help_text = _(
                "No other container of this lot is held to be pooled with it."
            )


class QuarantineForm(forms.Form):
    """Why a container is held back."""

    cause = forms.ChoiceField(
        label=_("Because of"), choices=ContainerHold.Cause.choices, widget=forms.RadioSelect
    )
    reason = forms.CharField(label=_("Reason"), max_length=400)

    def __init__(self, *args: object, material: Material, **kwargs: object) -> None:
        del material
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own, handed through


class ConfirmForm(forms.Form):
    """Nothing to fill in: the button says what happens."""

    def __init__(self, *args: object, material: Material, **kwargs: object) -> None:
        del material
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own, handed through


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("Reason"), max_length=400)


class UnitForm(forms.Form):
    """A new storage unit."""

    kind = forms.ChoiceField(
        label=_("What it is"),
        choices=[
            (UnitKind.FREEZER.value, _("freezer")),
            (UnitKind.TANK.value, _("nitrogen tank")),
            (UnitKind.INCUBATOR.value, _("incubator")),
        ],
    )
    name = forms.CharField(label=_("Name"), max_length=80)
    code = forms.SlugField(label=_("Code"), max_length=20, help_text=_("Position codes begin with it."))
    place: "forms.ModelChoiceField[Place]" = forms.ModelChoiceField(None, label=_("Where it stands"))
    shelves = forms.IntegerField(label=_("Shelves"), min_value=1, initial=4)
    racks = forms.IntegerField(label=_("Racks on a shelf"), min_value=1, initial=10)
    positions = forms.IntegerField(label=_("Positions in a rack"), min_value=1, initial=25)

    def __init__(self, *args: object, site: Site, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own, handed through
        self.fields["place"].queryset = places_of(site)  # type: ignore[attr-defined]  # of a ModelChoiceField


LISTED = 60
"""Containers of a place that are listed to be packed; where more lie there, the others are scanned."""


class SealForm(forms.Form):
    """What goes into a box, where to, under which seal."""

    box = forms.SlugField(label=_("Code of the box"), max_length=40)
    containers = ContainerChoice(
        None, label=_("Containers"), widget=forms.CheckboxSelectMultiple, required=False
    )
    scanned = forms.CharField(
        label=_("Other containers"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("More lie here than are listed. Scan the labels of the others, one on each line."),
    )
    to_place: "forms.ModelChoiceField[Place]" = forms.ModelChoiceField(None, label=_("Where it goes"))
    seal = forms.CharField(label=_("Seal"), max_length=40, help_text=_("Scan or type its number."))

    def __init__(self, *args: object, place: Place, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own, handed through
        self.place, self.packable = place, packable(place)
        first = list(
            self.packable.order_by("expires_at", "lot__din", "division").values_list("pk", flat=True)[
                : LISTED + 1
            ]
        )
        if not first:
            self.fields["containers"].help_text = _(
                "Nothing here can be packed. What lies in a position is taken out of it first."
            )
        if len(first) <= LISTED:
            del self.fields["scanned"]
        self.fields["containers"].queryset = self.packable.filter(pk__in=first[:LISTED])  # type: ignore[attr-defined]  # of a ModelChoiceField
        self.fields["to_place"].queryset = places_of(place.site).exclude(pk=place.pk)  # type: ignore[attr-defined]  # likewise

    def clean_scanned(self) -> list[Material]:
        """The containers whose labels were scanned; every line that names none that may be packed is said."""
        found, unknown = [], []
        for line in filter(None, map(str.strip, self.cleaned_data["scanned"].splitlines())):
            material = container_with_scan(self.place.site, line)
            if material is None or not self.packable.filter(pk=material.pk).exists():
                unknown.append(line)
            else:
                found.append(material)
        if unknown:
            raise forms.ValidationError(
                _("None of these is a container that can be packed here: %(lines)s."),
                params={"lines": ", ".join(unknown)},
            )
        return found

    def clean(self) -> dict[str, Any]:
        """Something is packed; ``materials`` holds everything that was ticked or scanned, once."""
        told: dict[str, Any] = {**(super().clean() or {})}
        told["materials"] = list(
            {one.pk: one for one in [*told.get("containers", ()), *told.get("scanned", ())]}.values()
        )
        if not told["materials"] and "scanned" not in self.errors:
            self.add_error("containers", _("Choose what goes into the box."))
        return told


LOG_MEGABYTES = 5
"""A line is about 35 bytes: a reading every ten seconds for two weeks."""


class LogForm(forms.Form):
    """The logger's file; where one was read before, also why another one takes its place."""

    reason = forms.CharField(
        label=_("Why another log is read"),
        max_length=400,
        help_text=_("The log that was read stays on record, and so does a quarantine."),
    )
    log = forms.FileField(
        label=_("Temperature log"), help_text=_("CSV with the columns time and temperature_c.")
    )

    def clean_log(self) -> "UploadedFile[bytes]":
        """The file, whole: one that is cut off could end in another temperature."""
        log: UploadedFile[bytes] = self.cleaned_data["log"]
        if (log.size or 0) > LOG_MEGABYTES * 1_000_000:
            raise forms.ValidationError(
                _("The file has more than %(most)d MB.") % {"most": LOG_MEGABYTES}, code="too_large"
            )
        return log

    def __init__(self, *args: Any, is_another: bool = False, **kwargs: Any) -> None:
        """``is_another``: a log of this journey was read before."""
        super().__init__(*args, **kwargs)
        if not is_another:
            del self.fields["reason"]


class LimitsForm(forms.Form):
    """The site's own limits of a transport."""

    storage = forms.ChoiceField(label=_("For"), choices=list(STORAGES.items()))
    minimum_c = forms.DecimalField(
        label=_("Lowest, °C"), decimal_places=1, max_digits=5, required=False, help_text=_("Blank: none.")
    )
    maximum_c = forms.DecimalField(label=_("Highest, °C"), decimal_places=1, max_digits=5)
    minutes_outside = forms.IntegerField(label=_("Minutes outside in all"), min_value=0, max_value=1440)
    source = forms.CharField(label=_("Source"), max_length=200, help_text=_("Which validation says so."))

    def clean_storage(self) -> str:
        """One of the kinds that limits are kept for."""
        storage = str(self.cleaned_data["storage"])
        assert storage in DEFAULT_LIMITS
        return storage

    def limits(self) -> Limits:
        """As the rules know them."""
        told = self.cleaned_data
        return Limits(told["minimum_c"], told["maximum_c"], told["minutes_outside"], told["source"])
