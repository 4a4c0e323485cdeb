"""What the pages need, loaded before the first of them is asked for.

Nobody waits for it then, and what stays for ever can be left out of what the collector of memory walks through: a walk
through every compiled template holds up whichever page it falls into.
"""

import gc
from importlib import import_module
from pathlib import Path

from django.template.loader import get_template
from django.template.utils import get_app_template_dirs
from django.urls import get_resolver

HOUSE = Path(__file__).parents[1]
IMPORTED_WHERE_USED = ("icalendar", "scipy.optimize", "scipy.special")
"""What commands are not to wait for, and every second page of a server uses."""


def load_pages() -> None:
    """Load the addresses with their views, and compile the house's templates; what is there now is never collected."""
    assert get_resolver().url_patterns
    for name in IMPORTED_WHERE_USED:
        import_module(name)
    for folder in map(Path, get_app_template_dirs("templates")):
        if folder.is_relative_to(HOUSE):
            for template in folder.rglob("*.*"):
                get_template(template.relative_to(folder).as_posix())
    gc.collect()
    gc.freeze()
