"""The sentences for this step's reasons."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MESSAGES: dict[str, str | Promise] = {
    "course_not_open": _("This course has ended. Open a new one if the patient is treated again."),
    "not_a_candidate": _(
        "The decision does not say that the patient is a candidate. Assess and decide first."
    ),
    "course_open_already": _("A course was opened on this decision before."),
    "consented_already": _("This consent was given before. It holds until it is taken back."),
    "consent_not_offered": _(
        "The doctor has not prepared the consent yet: the place of the injection is missing."
    ),
    "consent_changed_meanwhile": _(
        "The doctor has changed the consent since you opened this page; nothing was signed. Read it again, then sign."
    ),
    "consent_missing": _("There is no valid consent for this course. Ask the patient first."),
    "course_gives_cells": _("This course gives cells; record the dose, not care."),
    "nothing_given": _("No treatment was given under this course. Stop it with a reason instead."),
}
