"""What is filled in at a step of the batch record: what was counted, and what was filled."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from stroma.clinic.models import Place
from stroma.clinic.queries import places_of, protocol_of
from stroma.custody.domain.reading import Means, Reading
from stroma.custody.models import Lot, Material, ScanReading
from stroma.custody.photo_scans import PHOTO, PHOTO_OF
from stroma.custody.photos import ACCEPT
from stroma.custody.scanning import READ, Wanted
from stroma.ledger.record import is_simulated
from stroma.processing.actions import NewContainer
from stroma.processing.count_forms import COUNTED, clean_count, count_fields, told_count
from stroma.processing.domain.counting import AnyCount
from stroma.processing.domain.making import KIND_MADE, portions
from stroma.processing.domain.step_wants import limits_text
from stroma.processing.models import CellCount, StepValue
from stroma.processing.queries import places_consented
from stroma.protocols.domain.schema import ProcessingStep

SQUARES = 9
"""A hemocytometer's large squares when the whole chamber is counted."""
MOST_ML = Decimal(10_000)
"""No container of a laboratory holds more (our choice)."""
STORES = {Place.Kind.LABORATORY, Place.Kind.INCUBATOR, Place.Kind.FREEZER}


class StepForm(forms.Form):
    """The fields that one step asks for: a count, one container, or the containers of a fill."""

    def __init__(
        self, *args: object, lot: Lot, step: ProcessingStep, material: Material, **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own, handed through
        self.lot, self.step, self.material = lot, step, material
        places = places_of(lot.site).filter(kind__in=STORES)
        if step.kind in KIND_MADE:
            self.fields["amount"] = _ml(_("Volume made"))
            self.fields["place"] = _place(places, _("Where it is put"), _usual_place(step))
        if step.kind == "fill":
            self._ask_for_portions(places)
        for reading in step.readings:
            self.fields[reading_field(reading.code)] = forms.DecimalField(
                label=reading.title,
                help_text=_("Limits: %(limits)s")
                % {"limits": limits_text(reading.minimum, reading.maximum, reading.unit)},
                max_digits=14,
                decimal_places=4,
            )
        if step.count:
            self._ask_for_count()

    def ask_for_reason(self) -> None:
        """Ask why the step goes on although something is not as the protocol wants it."""
        self.fields["reason"] = forms.CharField(
            label=_("Why do you go on?"),
            max_length=400,
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text=_("It becomes an exception of this batch record, and is read at its review."),
        )

    @property
    def values(self) -> dict[str, Decimal]:
        """What was read, by the code of the reading."""
        read = {one.code: self.cleaned_data.get(reading_field(one.code)) for one in self.step.readings}
        return {code: value for code, value in read.items() if value is not None}

    def _ask_for_portions(self, places: QuerySet[Place]) -> None:
        target = protocol_of(self.lot.protocol).target
        usual = round((target.volume_ml_min + target.volume_ml_max) / 2, 1) if target else None
        self.fields["doses"] = _number(_("Doses"), initial=places_consented(self.lot))
        self.fields["dose_ml"] = _ml(_("Volume of a dose"), initial=usual, required=False)
        self.fields["stored"] = _number(_("Frozen for later treatments"), initial=0)
        self.fields["stored_ml"] = _ml(_("Volume of a frozen part"), required=False)
        self.fields["sample_ml"] = _ml(_("Retained sample"), initial="0.5", required=False)
        self.fields["place"] = _place(places, _("Where the doses are put"), Place.Kind.LABORATORY)
        self.fields["freezer"] = _place(places, _("Where the frozen parts are put"), Place.Kind.FREEZER)

    def _ask_for_count(self) -> None:
        self.fields |= count_fields(has_file="counter_file" in self.files)
        self.fields["squares"].initial, self.fields["dilution"].initial = SQUARES, 1

    @property
    def container_fields(self) -> list[forms.BoundField]:
        """The fields about what was filled, and what was read."""
        return [one for one in self.visible_fields() if one.name not in COUNTED and one.name != "reason"]

    @property
    def count_fields(self) -> list[forms.BoundField]:
        """The fields of the count."""
        return [one for one in self.visible_fields() if one.name in COUNTED]

    def readings(self) -> AnyCount | None:
        """What was counted, in what the step made, or in the container itself where it made nothing.

        None while a field of the count is empty or faulty, or where the step asks for none.
        """
        data = self.cleaned_data
        volume = data.get("amount") if "amount" in self.fields else self.material.remaining
        if not self.step.count or volume is None:
            return None
        return told_count(data, volume)

    def containers(self, at: datetime) -> list[NewContainer]:
        """What the step fills."""
        data, dose = self.cleaned_data, protocol_of(self.lot.protocol).dose
        if self.step.kind in KIND_MADE:
            kind = Material.Kind(KIND_MADE[self.step.kind])
            expires_at = at + dose.shelf_life if dose and kind == Material.Kind.DOSE else None
            return [NewContainer(kind, data["amount"], data["place"], expires_at=expires_at)]
        if self.step.kind != "fill" or dose is None:
            return []
        filled = portions(
            dose,
            doses=data["doses"] if data["dose_ml"] else 0,
            dose_ml=data["dose_ml"] or Decimal(0),
            stored=data["stored"],
            stored_ml=data["stored_ml"],
            sample_ml=data["sample_ml"],
        )
        return [
            NewContainer(
                Material.Kind(one.kind),
                one.amount,
                data["freezer"] if one.is_frozen else data["place"],
                expires_at=at + one.lasts,
            )
            for one in filled
        ]

    def clean(self) -> None:
        """A count of nothing says nothing about viability; a counter's file is read."""
        super().clean()
        if self.step.count:
            clean_count(self)


class SameDayForm(StepForm):
    """A step on one screen: its scans and how each is read, then the fields that any step asks for."""

    def __init__(
        self,
        *args: object,
        lot: Lot,
        step: ProcessingStep,
        material: Material,
        wanted: Sequence[Wanted],
        scanner: str,
        **kwargs: object,
    ) -> None:
        super().__init__(*args, lot=lot, step=step, material=material, **kwargs)
        asked = dict(self.fields)
        self.fields.clear()
        for number, one in enumerate(wanted):
            self.fields[one.name] = _scan(one.title, is_first=number == 0)
            read = READ + one.name
            self.fields[read] = forms.ChoiceField(
                label=_("%(scan)s: how it is read") % {"scan": one.title},
                choices=_means(scanner, str(self.data.get(read, ""))),
            )
            if one.offered:
                self.fields[read].initial = Means.SIMULATED.value
        names = [(one.name, one.title) for one in wanted]
        self.fields[PHOTO_OF] = forms.ChoiceField(
            label=_("No scanner at hand: a photo of"),
            choices=[("", _("no photo")), *names],
            required=False,
        )
        self.fields[PHOTO] = forms.FileField(
            label=_("Photo of the code"),
            required=False,
            help_text=_(
                "One label only, straight from above, in good light. The photo is kept with the scan."
            ),
            widget=forms.FileInput(attrs={"accept": ACCEPT, "capture": "environment"}),
        )
        self.fields.update(asked)

    def of_the_step(self) -> list[forms.BoundField]:
        """What is filled in at every step: scans, counts and readings."""
        return [one for one in self.visible_fields() if not _is_about_reading(one.name)]

    def of_the_reading(self) -> list[forms.BoundField]:
        """How the codes are read, which a scanner that is known answers by itself."""
        return [one for one in self.visible_fields() if _is_about_reading(one.name)]

    def clean(self) -> None:
        """A photo says of which code it is; nothing that was sent is passed over."""
        super().clean()
        if self.files.get(PHOTO) and not self.data.get(PHOTO_OF):
            self.add_error(PHOTO_OF, _("Say of which code the photo is."))


def _is_about_reading(name: str) -> bool:
    return name.startswith(READ) or name in {PHOTO, PHOTO_OF}


def _means(scanner: str, sent: str) -> list[tuple[str, object]]:
    """The ways to read a code, each as it travels; a photo's is there once one was read."""
    scanned = Reading(Means.SCANNER, scanner=scanner).as_text()
    ways: list[tuple[str, object]] = [
        (
            scanned,
            _("by scanner %(code)s") % {"code": scanner} if scanner else ScanReading.Means.SCANNER.label,
        )
    ]
    ways.append((Means.TYPED.value, ScanReading.Means.TYPED.label))
    if is_simulated():
        ways.append((Means.SIMULATED.value, ScanReading.Means.SIMULATED.label))
    if sent.startswith(Means.PHOTO):
        ways.append((sent, ScanReading.Means.PHOTO.label))
    return ways


def _scan(label: object, *, is_first: bool = False) -> forms.CharField:
    attributes = {"data-scan": "", "autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}
    if is_first:
        attributes["autofocus"] = ""
    return forms.CharField(label=label, max_length=400, widget=forms.TextInput(attrs=attributes))  # type: ignore[arg-type]  # a lazy text is one


class CorrectionForm(forms.Form):
    """The right value, and why."""

    right = forms.DecimalField(label=_("Right value"), max_digits=14, decimal_places=4)
    reason = forms.CharField(label=_("Why was it wrong?"), max_length=400)

    def __init__(self, *args: object, value: StepValue, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own, handed through
        limits = limits_text(value.minimum, value.maximum, value.unit)
        self.fields["right"].help_text = _("Limits: %(limits)s") % {"limits": limits}


class CountCorrectionForm(forms.Form):
    """What was really counted, and why the record said something else."""

    volume = forms.DecimalField(
        label=_("Volume that was counted"),
        help_text=_("In mL"),
        min_value=Decimal("0.001"),
        max_value=MOST_ML,
        decimal_places=3,
    )
    reason = forms.CharField(label=_("Why was it wrong?"), max_length=400)

    def __init__(self, *args: object, count: CellCount, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own, handed through
        known = {
            "live": count.live_cells,
            "dead": count.dead_cells,
            "squares": count.squares,
            "dilution": None if count.dilution_factor is None else f"{count.dilution_factor.normalize():f}",
            "volume": f"{count.volume_ml.normalize():f}",
        }
        self.fields = count_fields(has_file="counter_file" in self.files) | self.fields
        for name, value in known.items():
            self.fields[name].initial = value

    def clean(self) -> None:
        """A count of nothing says nothing about viability; a counter's file is read."""
        super().clean()
        clean_count(self)

    def readings(self) -> AnyCount | None:
        """What was counted; None while something of it is missing."""
        volume = self.cleaned_data.get("volume")
        return None if volume is None else told_count(self.cleaned_data, volume)


class RecountForm(forms.Form):
    """What was seen in a second sample of the same container; how it was counted is filled in as for the first."""

    def __init__(self, *args: object, first: CellCount | None, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own, handed through
        self.first = first
        self.fields |= count_fields(has_file="counter_file" in self.files)
        squares, dilution = first and first.squares, first and first.dilution_factor
        self.fields["squares"].initial = squares or SQUARES
        self.fields["dilution"].initial = f"{(dilution or Decimal(1)).normalize():f}"

    def clean(self) -> None:
        """A count of nothing says nothing about viability; a counter's file is read."""
        super().clean()
        clean_count(self)

    def readings(self) -> AnyCount | None:
        """What was counted; None while something of it is missing."""
        return None if self.first is None else told_count(self.cleaned_data, self.first.volume_ml)


class PhotoForm(forms.Form):
    """A photo for a step."""

    photo = forms.FileField(
        label=_("Photo"), widget=forms.FileInput(attrs={"accept": ACCEPT, "capture": "environment"})
    )


def reading_field(code: str) -> str:
    """The name of a reading's field, which no other field of the form has."""
    return f"reading_{code}"


def _usual_place(step: ProcessingStep) -> Place.Kind:
    return Place.Kind.INCUBATOR if step.kind in {"seed", "passage"} else Place.Kind.LABORATORY


def _number(label: object, *, initial: int | None = None, least: int = 0) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=least, max_value=100_000, initial=initial)  # type: ignore[arg-type]  # a lazy text is one


def _ml(label: object, *, initial: object = None, required: bool = True) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,  # type: ignore[arg-type]  # a lazy text is one
        help_text=_("In mL"),
        min_value=Decimal("0.001"),
        max_value=MOST_ML,
        decimal_places=3,
        initial=initial,
        required=required,
    )


def _place(places: QuerySet[Place], label: object, usual: str) -> "forms.ModelChoiceField[Place]":
    return forms.ModelChoiceField(places, label=label, initial=places.filter(kind=usual).first())  # type: ignore[arg-type]  # a lazy text is one
