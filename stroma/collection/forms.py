"""What is filled in at a collection: how much, and where the container stands."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from stroma.clinic.models import Place, Site
from stroma.clinic.queries import places_of
from stroma.protocols.domain.schema import Collection


class CollectionForm(forms.Form):
    """The amount in the protocol's unit, and the room."""

    amount = forms.DecimalField(label=_("Amount collected"), min_value=Decimal("0.01"), decimal_places=2)
    place: "forms.ModelChoiceField[Place]" = forms.ModelChoiceField(None, label=_("Where"))

    def __init__(self, *args: object, site: Site, rule: Collection | None, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own, handed through
        rooms = [Place.Kind.PROCEDURE_ROOM, Place.Kind.OPERATING_ROOM]
        choices = places_of(site).filter(kind__in=rooms)
        self.fields["place"].queryset = choices  # type: ignore[attr-defined]  # of a ModelChoiceField
        self.fields["place"].initial = (
            choices.filter(kind=Place.Kind.PROCEDURE_ROOM).first() or choices.first()
        )
        if rule is not None:
            self.fields["amount"].help_text = _(
                "In %(unit)s; the protocol asks for %(least)g to %(most)g."
            ) % {
                "unit": rule.unit,
                "least": rule.amount_min,
                "most": rule.amount_max,
            }
