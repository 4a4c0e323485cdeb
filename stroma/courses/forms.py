"""What is asked on the way of a course: where the needle may go, and why it stops."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from stroma.patients.domain.consenting import Place
from stroma.protocols.domain.schema import Protocol
from stroma.protocols.domain.spine import Side

SIDES = {"MIDLINE": _("midline"), "LEFT": _("left"), "RIGHT": _("right"), "BOTH": _("both sides")}


class ConsentForm(forms.Form):
    """A consent signed on paper before a witness: the places as they stand on the paper."""

    language = forms.ChoiceField(
        label=_("Language of the text"), choices=[("en", "English"), ("es", "Español")]
    )
    is_witnessed = forms.BooleanField(
        label=_("I have seen the patient sign, and the paper names these places and this version.")
    )

    def __init__(self, *args: Any, protocol: Protocol, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.target = protocol.target
        if self.target is not None:
            for level in self.target.levels:
                self.fields[self._name(level)] = forms.ChoiceField(
                    label=level,
                    choices=[
                        ("", _("not here")),
                        *((side.value, SIDES[side.value]) for side in self.target.sides),
                    ],
                    required=False,
                    widget=forms.RadioSelect,
                    initial="",
                )

    @property
    def levels(self) -> list[forms.BoundField]:
        """One question for each level the protocol treats."""
        return [self[self._name(level)] for level in self.target.levels] if self.target else []

    @staticmethod
    def _name(level: str) -> str:
        return f"level_{level.replace('-', '_')}"

    def places(self) -> list[Place]:
        """Where the patient agreed to be injected."""
        if self.target is None:
            return []
        chosen = {level: self.cleaned_data[self._name(level)] for level in self.target.levels}
        return [Place(self.target.target, level, Side(side)) for level, side in chosen.items() if side]


class ReasonForm(forms.Form):
    """Why something ends."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}))
