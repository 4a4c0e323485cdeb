"""The sentences for the simulation's own reasons."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MESSAGES: dict[str, str | Promise] = {
    "demo_in_a_real_database": _(
        "This installation holds real treatments. The demo is never made or opened in it; name another STROMA_HOME."
    ),
    "nothing_stored": _("Nothing is frozen for this treatment. Collect again."),
}
