"""Where a visit is, in the words of page, calendar file and message alike."""

from django.utils.translation import gettext as _

from stroma.clinic.models import Site
from stroma.planning.models import Visit
from stroma.planning.own_visits import planned_visit


def site_line(site: Site) -> str:
    """A site by name, with its address where there is one."""
    return f"{site.name}, {site.address}" if site.address else site.name


def place_of_visit(visit: Visit) -> str:
    """Where the patient is to be: at the site, or by the telephone. In the language that is active."""
    return _on_the_telephone(visit) or site_line(visit.site)


def place_in_calendar(visit: Visit) -> str:
    """The same for a calendar, which others read: the address without the clinic's name, empty where there is none."""
    return _on_the_telephone(visit) or visit.site.address


def _on_the_telephone(visit: Visit) -> str:
    planned = planned_visit(visit)
    return _("By telephone. We call you.") if planned is not None and planned.remote else ""
