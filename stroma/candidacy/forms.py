"""The questions of candidacy as a form made from the protocol, and the decision on what was answered."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from stroma.candidacy.domain.answer import Value
from stroma.candidacy.domain.findings import Finding
from stroma.candidacy.domain.red_flags import RED_FLAGS
from stroma.candidacy.models import Decision
from stroma.clinic.signing import SigningFields
from stroma.ledger.wording import word
from stroma.protocols.domain.blocker import Blocker, Weight
from stroma.protocols.domain.schema import Protocol
from stroma.protocols.domain.variables import VARIABLES, Variable

YES_NO = [("yes", _("Yes")), ("no", _("No")), ("", _("Not asked"))]
_TOLD = {"yes": True, "no": False}
_HOLD_PLAN = ("takes_anticoagulant", "has_anticoagulant_hold_plan")


def asked_variables(protocol: Protocol) -> list[Variable]:
    """What this protocol needs to know, in the order of the catalogue; derived answers are not asked."""
    needed = {criterion.variable for criterion in protocol.criteria}
    if "anticoagulant_without_hold_plan" in needed:
        needed.update(_HOLD_PLAN)
    return [v for name, v in VARIABLES.items() if name in needed and not v.derived]


class AssessmentForm(forms.Form):
    """Every question of a protocol and every red flag. What is left open is not a "no"."""

    def __init__(self, *args: Any, protocol: Protocol, found: Mapping[str, Finding], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for flag in RED_FLAGS:
            self.fields[f"flag_{flag.code}"] = forms.ChoiceField(
                label=_(flag.question), choices=YES_NO, required=False, widget=forms.RadioSelect, initial=""
            )
        for variable in asked_variables(protocol):
            self.fields[variable.name] = _question(variable, found.get(variable.name))

    @property
    def red_flag_fields(self) -> list[forms.BoundField]:
        """The questions that come before all others."""
        return [bound for bound in self if bound.name.startswith("flag_")]

    @property
    def questions(self) -> list[forms.BoundField]:
        """The questions of the protocol."""
        return [bound for bound in self if not bound.name.startswith("flag_")]

    def asked(self) -> dict[str, Value]:
        """The answers that were given, by variable."""
        told: dict[str, Value] = {}
        for name, value in self.cleaned_data.items():
            variable = VARIABLES.get(name)
            if variable is None or value is None or value == "":
                continue
            told[name] = _TOLD[value] if variable.kind == "bool" else value
        return told

    def red_flags(self) -> dict[str, bool | None]:
        """Yes, no, or not asked, for each red flag."""
        return {flag.code: _TOLD.get(self.cleaned_data[f"flag_{flag.code}"]) for flag in RED_FLAGS}


def _question(variable: Variable, finding: Finding | None) -> forms.Field:
    help_text = ""
    if finding is not None:
        value: object = finding.value
        if isinstance(value, bool):
            value = _("yes") if value else _("no")
        says = (
            _("The record says: %(value)s (%(source)s)")
            if finding.is_current
            else _("The record's value no longer holds: %(value)s (%(source)s)")
        )
        help_text = says % {"value": value, "source": finding.source_text}
    common: dict[str, Any] = {"label": _(variable.question), "required": False, "help_text": help_text}
    if variable.kind == "bool":
        return forms.ChoiceField(choices=YES_NO, widget=forms.RadioSelect, initial="", **common)
    if variable.kind == "word":
        choices = [("", _("Not asked")), *((word, _(word)) for word in variable.words)]
        return forms.ChoiceField(choices=choices, **common)
    if variable.unit:
        common["label"] = format_lazy("{} ({})", _(variable.question), _(variable.unit))
    return forms.FloatField(min_value=variable.minimum, max_value=variable.maximum, **common)


class DecisionForm(SigningFields):
    """The physiatrist's word: an outcome, a reason for each reason set aside, and the password as signature."""

    outcome = forms.ChoiceField(
        label=_("Decision"), choices=Decision.Outcome.choices, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, blockers: Iterable[Blocker], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A simulated signature takes no password; the action refuses it in a real record.
        if self.data.get("sign") == "simulated":
            self.fields["password"].required = False
        self.overridable = [b for b in blockers if b.weight is Weight.OVERRIDABLE]
        for blocker in self.overridable:
            title = word(str(blocker.values.get("title") or blocker.code.replace("_", " ")))
            self.fields[f"override_{blocker.code}"] = forms.CharField(
                label=_("Reason to go on in spite of: %(title)s") % {"title": title},
                required=False,
                widget=forms.Textarea(attrs={"rows": 2}),
            )
        self.order_fields(["outcome", *(name for name in self.fields if name.startswith("override_"))])

    def overrides(self) -> dict[str, str]:
        """The reason given for each reason set aside; those without one are not in it."""
        told = {b.code: str(self.cleaned_data[f"override_{b.code}"]).strip() for b in self.overridable}
        return {code: reason for code, reason in told.items() if reason}
