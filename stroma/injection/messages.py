"""The sentences for this step's reasons."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MESSAGES: dict[str, str | Promise] = {
    "lot_of_another_course": _("STOP. These cells were made for another course."),
    "container_is_no_dose": _("STOP. This container was not filled as a dose and stands on no certificate."),
    "place_not_consented": _("STOP. The patient did not consent to {level}, {side}."),
    "place_not_consented_any_more": _(
        "STOP. The patient has consented to another place since the time-out. Do a new time-out."
    ),
    "other_time_out_open": _(
        "STOP. Another container had its time-out for this place. Record its dose, or discard it before a witness."
    ),
    "time_out_cancelled": _("STOP. This time-out was cancelled. Do a new time-out."),
    "time_out_used": _("The dose of this time-out is on record. It cannot be cancelled."),
    "container_not_seen_whole": _(
        "Cancel only with the whole container in your hand. If anything was given, record the dose."
    ),
    "time_out_alone": _("A time-out takes two people. Call a colleague."),
    "leader_not_competent": _(
        "Whoever leads has no current training for the time-out on record, and this site asks for it. "
        "Let a trained colleague lead, or have the training recorded."
    ),
    "second_not_competent": _(
        "The second person has no current training for the time-out on record, and this site asks for it. "
        "Call a trained colleague, or have the training recorded."
    ),
    "given_already": _("STOP. This place or this container has been given in this treatment."),
    "time_out_missing": _("There is no completed time-out for this dose. Stop and do one."),
    "volume_out_of_range": _("{volume} mL is outside what this place takes, {least} to {most} mL."),
    "cells_left": _("{containers} containers of this course still hold something. Account for them first."),
}
