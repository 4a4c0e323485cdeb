"""What a clinician judges of an adverse event. Nothing is chosen beforehand."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from stroma.follow_up.domain.adverse_events import GRADES, AdverseEvent, RelatedTo, Relation, Seriousness
from stroma.follow_up.models import AdverseEvent as Report

GRADE_WORDS = {
    1: _("1: mild or no symptoms; nothing needed"),
    2: _("2: moderate; local or non-invasive treatment; limits instrumental daily activity"),
    3: _("3: severe, not immediately life-threatening; hospital stay; limits self-care"),
    4: _("4: life-threatening; urgent intervention"),
    5: _("5: death"),
}
SERIOUS_WORDS = {
    Seriousness.DEATH: _("death"),
    Seriousness.LIFE_THREATENING: _("life-threatening"),
    Seriousness.HOSPITAL_STAY: _("hospital stay, or a longer one"),
    Seriousness.INCAPACITY: _("lasting or considerable incapacity"),
    Seriousness.CONGENITAL_ANOMALY: _("congenital anomaly"),
    Seriousness.IMPORTANT_MEDICAL_EVENT: _("another important medical event"),
}
CAUSE_WORDS = {
    RelatedTo.COLLECTION: _("the collection"),
    RelatedTo.CELLS: _("the cells"),
    RelatedTo.INJECTION: _("the injection"),
    RelatedTo.SEDATION: _("the sedation"),
    RelatedTo.NONE: _("nothing of the treatment"),
}
RELATION_WORDS = {
    Relation.UNRELATED: _("unrelated"),
    Relation.UNLIKELY: _("unlikely"),
    Relation.POSSIBLE: _("possible"),
    Relation.PROBABLE: _("probable"),
    Relation.DEFINITE: _("definite"),
}
OUTCOME_WORDS = {
    Report.Outcome.RECOVERED: _("recovered"),
    Report.Outcome.RECOVERED_WITH_SEQUELAE: _("recovered with lasting harm"),
    Report.Outcome.RECOVERING: _("recovering"),
    Report.Outcome.NOT_RECOVERED: _("not recovered"),
    Report.Outcome.FATAL: _("fatal"),
    Report.Outcome.UNKNOWN: _("unknown"),
}


def _moment() -> forms.DateTimeInput:
    return forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class AdverseEventForm(forms.Form):
    """One report; times are those of the site's clocks."""

    verbatim = forms.CharField(
        label=_("What happened, in the words it was told"), widget=forms.Textarea(attrs={"rows": 4})
    )
    onset_at = forms.DateTimeField(label=_("Began"), widget=_moment())
    ended_at = forms.DateTimeField(label=_("Ended, if it is over"), widget=_moment(), required=False)
    ctcae_grade = forms.TypedChoiceField(
        label=_("Grade (CTCAE)"),
        coerce=int,
        choices=[(grade, GRADE_WORDS[grade]) for grade in GRADES],
        widget=forms.RadioSelect,
    )
    seriousness = forms.MultipleChoiceField(
        label=_("Serious because of"),
        choices=[(one.value, SERIOUS_WORDS[one]) for one in Seriousness],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Any one makes it serious; a severe headache alone is not."),
    )
    related_to = forms.ChoiceField(
        label=_("It may come from"),
        choices=[(one.value, CAUSE_WORDS[one]) for one in RelatedTo],
        widget=forms.RadioSelect,
    )
    relation = forms.ChoiceField(
        label=_("How likely"),
        choices=[(one.value, RELATION_WORDS[one]) for one in Relation],
        widget=forms.RadioSelect,
    )
    is_expected = forms.ChoiceField(
        label=_("Do the protocol or the product's documents name it in this severity?"),
        choices=[("yes", _("yes")), ("no", _("no"))],
        widget=forms.RadioSelect,
    )
    communicable_disease_suspected = forms.BooleanField(
        label=_("An infection that the product may have carried"), required=False
    )
    outcome = forms.ChoiceField(
        label=_("Outcome now"),
        choices=[(one.value, OUTCOME_WORDS[one]) for one in Report.Outcome],
        widget=forms.RadioSelect,
    )
    action_taken = forms.CharField(
        label=_("What was done"), widget=forms.Textarea(attrs={"rows": 3}), required=False
    )

    def __init__(self, *args: object, time_zone: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own, handed through
        self.zone = ZoneInfo(time_zone)

    def event(self) -> AdverseEvent:
        """The event as it was judged."""
        given = self.cleaned_data
        return AdverseEvent(
            ctcae_grade=given["ctcae_grade"],
            seriousness=frozenset(Seriousness(one) for one in given["seriousness"]),
            related_to=RelatedTo(given["related_to"]),
            relation=Relation(given["relation"]),
            is_expected=given["is_expected"] == "yes",
            onset_at=self._at_the_site(given["onset_at"]),
            ended_at=self._at_the_site(given["ended_at"]) if given["ended_at"] else None,
            communicable_disease_suspected=given["communicable_disease_suspected"],
        )

    def _at_the_site(self, typed: datetime) -> datetime:
        """What was read off the site's clock; the form took it for one without a place."""
        return typed.replace(tzinfo=self.zone)
