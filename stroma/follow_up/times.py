"""What the times of the follow-up plan are called."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TIMES: dict[str, str | Promise] = {
    "baseline": _("before treatment"),
    "week_2": _("2 weeks"),
    "week_6": _("6 weeks"),
    "month_1": _("1 month"),
    "month_3": _("3 months"),
    "month_6": _("6 months"),
    "month_12": _("1 year"),
    "month_24": _("2 years"),
    "month_36": _("3 years"),
    "month_60": _("5 years"),
}
"""The times of the follow-up plan, counted from the treatment."""


def time_title(code: str) -> str:
    """A time of the plan in plain words; one that has none here by its code."""
    return str(TIMES.get(code, code.replace("_", " ")))
