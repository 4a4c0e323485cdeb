"""The sentences for this step's reasons."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MESSAGES: dict[str, str | Promise] = {
    "questions_not_shipped": _("The clinic asks you these questions itself: {title}."),
    "warning_emergency": _("{sign}: go to the emergency department now, or call the emergency number."),
    "warning_same_day": _("{sign}: call us now. We see you today."),
    "problem_taken_up_already": _("Somebody has taken care of this report already."),
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
    "follow_up_not_planned": _(
        "{questionnaires} questionnaires were never planned. Plan the follow-up first."
    ),
    "questionnaires_open": _(
        "{questionnaires} questionnaires may still be answered, the last until {last_closes_at}. "
        "Close the course then."
    ),
    "answered_already": _(
        "This questionnaire has been answered. Correct the answer instead, with the reason."
    ),
    "answered_before_treatment": _(
        "This was asked after the treatment of {treated_at}; the answer is older."
    ),
    "answer_simulated": _("A real record takes no simulated answer."),
    "answer_corrected_already": _("This answer was corrected before. Correct the newest one."),
    "corrected_before_answered": _("The correction cannot be older than the answer of {answered_at}."),
    "not_the_newest_report": _(
        "That is not the newest report on an event of this course. Follow the newest one."
    ),
    "intervention_recorded_already": _("This treatment has been written down before."),
    "treatment_out_of_turn": _("Treatment {asked} is not the next one; treatment {next} is."),
    "another_treatment_decided": _("Treatment {asked} has been agreed before."),
}
