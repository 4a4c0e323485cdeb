"""What every page knows: the site's name, whether the record is simulated, and the chosen theme."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from stroma.ledger.record import is_simulated

THEMES = ("auto", "light", "dark", "contrast")
THEME_COOKIE = "theme"


def page(request: HttpRequest) -> dict[str, Any]:
    """The template variables ``site_name``, ``is_simulated`` and ``theme``."""
    chosen = request.GET.get("theme") or request.COOKIES.get(THEME_COOKIE, "auto")
    return {
        "site_name": getattr(settings, "STROMA_SITE_NAME", "Stroma"),
        "is_simulated": is_simulated(),
        "theme": chosen if chosen in THEMES else "auto",
    }
