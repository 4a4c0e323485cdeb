"""The sentences for this step's reasons."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MESSAGES: dict[str, str | Promise] = {
    "protocol_collects_nothing": _("This protocol collects no tissue."),
    "amount_out_of_range": _(
        "{amount} {unit} were collected; the protocol asks for {least} to {most} {unit}. Correct the amount or stop."
    ),
    "collection_without_course": _(
        "A patient's own cells are collected under that patient's course. Choose the course."
    ),
}
