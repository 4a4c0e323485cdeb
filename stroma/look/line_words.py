"""The line's words in the reader's language, and the stations that every treatment shares."""

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from stroma.look.line import Words

CELL_TREATMENT: dict[str, str | Promise] = {
    "right": _("Right for me"),
    "when": _("When"),
    "collect": _("Collect"),
    "process": _("Process"),
    "release": _("Release"),
    "inject": _("Inject"),
    "recover": _("Recover"),
    "result": _("Did it work?"),
}
TRADITIONAL_TREATMENT: dict[str, str | Promise] = {
    "right": _("Right for me"),
    "when": _("When"),
    "treatment": _("Treatment"),
    "recover": _("Recover"),
    "result": _("Did it work?"),
}
BOARD_COLUMNS = tuple(CELL_TREATMENT)


def words() -> Words:
    """The words of a line in the language that is active now."""
    return Words(
        done=gettext("done"),
        now=gettext("now"),
        next=gettext("next"),
        late=gettext("late"),
        stopped=gettext("stopped"),
        not_reached=gettext("not reached"),
        progress=gettext("{done} of {total} steps done."),
        with_own_cells=gettext("The cells leave at “{leaves}” and come back at “{returns}”."),
        with_donor_cells=gettext("The cells come from a donor and arrive at “{returns}”."),
    )
