"""The sentences for this step's reasons."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MESSAGES: dict[str, str | Promise] = {
    "another_treatment_not_planned": _("The protocol plans no further treatment."),
    "series_complete": _("All {planned} treatments of the series have been given."),
    "treatment_interval_not_kept": _("The next treatment may be given from {earliest_at}."),
    "pain_not_answered": _("The pain score of today is missing. Ask for it."),
    "pain_below_limit": _("The pain is {pain}; another treatment is considered from {limit}."),
    "improvement_not_known": _("How far the pain had fallen after the first treatment is not known."),
    "improvement_below_limit": _(
        "The pain had fallen by the fraction {improvement}; the protocol asks for {limit}."
    ),
    "grade_4_not_life_threatening": _("Grade 4 means life-threatening, and that is not marked. Check both."),
    "life_threatening_below_grade_4": _("Life-threatening is marked with grade {grade}. Check both."),
}
