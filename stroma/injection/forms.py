"""What is chosen before a time-out, and what is recorded of a dose."""

from datetime import datetime
from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from stroma.clinic.models import User
from stroma.clinic.queries import colleagues
from stroma.courses.models import Course
from stroma.custody.forms import PersonChoice
from stroma.injection.actions import SECOND_PEOPLE
from stroma.injection.bedside import place_choices
from stroma.injection.domain.time_out import Spot
from stroma.protocols.domain.schema import InjectionTarget


class PauseForm(forms.Form):
    """Where the needle goes, and who is the second person."""

    place = forms.ChoiceField(label=_("Level and side"), widget=forms.RadioSelect)
    second_person = PersonChoice(
        None,
        label=_("Second person"),
        empty_label=_("Choose a person"),
        help_text=_("Who stands here and reads along."),
    )

    def __init__(
        self, *args: object, course: Course, spots: list[Spot], by: User, at: datetime, **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own, handed through
        self.spots = {value: spot for (value, _words), spot in zip(place_choices(spots), spots, strict=True)}
        self.fields["place"].choices = place_choices(spots)  # type: ignore[attr-defined]  # of a ChoiceField
        if len(spots) == 1:
            self.fields["place"].initial = place_choices(spots)[0][0]
        people = colleagues(course.site, *SECOND_PEOPLE, at=at).exclude(pk=by.pk)
        self.fields["second_person"].queryset = people  # type: ignore[attr-defined]  # of a ModelChoiceField

    @property
    def spot(self) -> Spot:
        """The chosen place."""
        return self.spots[self.cleaned_data["place"]]


class CancelForm(forms.Form):
    """Why a time-out is closed without a dose, before whom, and that the container is whole; it is scanned next."""

    reason = forms.CharField(label=_("Reason"), max_length=200)
    witness = PersonChoice(
        None,
        label=_("Second person"),
        empty_label=_("Choose a person"),
        help_text=_("Who sees with you that the container is whole."),
    )
    seen_whole = forms.BooleanField(
        label=_("The container is in my hand, whole. Nothing was taken out of it."), required=False
    )

    def __init__(self, *args: object, course: Course, by: User, at: datetime, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own, handed through
        people = colleagues(course.site, *SECOND_PEOPLE, at=at).exclude(pk=by.pk)
        self.fields["witness"].queryset = people  # type: ignore[attr-defined]  # of a ModelChoiceField


GUIDANCE = {"fluoroscopy": _("Fluoroscopy"), "ct": _("CT"), "ultrasound": _("Ultrasound")}


class DoseForm(forms.Form):
    """How much was given, and under which guidance."""

    volume_ml = forms.DecimalField(label=_("Volume given"), min_value=Decimal("0.001"), decimal_places=3)
    guidance = forms.ChoiceField(label=_("Image guidance"), widget=forms.RadioSelect)

    def __init__(self, *args: object, target: InjectionTarget, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own, handed through
        self.fields["volume_ml"].help_text = _("In mL; this place takes %(least)g to %(most)g mL.") % {
            "least": target.volume_ml_min,
            "most": target.volume_ml_max,
        }
        choices = [(kind, GUIDANCE[kind]) for kind in target.guidance]
        self.fields["guidance"].choices = choices  # type: ignore[attr-defined]  # of a ChoiceField
