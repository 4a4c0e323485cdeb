"""The sentences for the simulation's own reasons."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MESSAGES: dict[str, str | Promise] = {
    "nothing_stored": _("Nothing is frozen for this treatment. Collect again."),
}
