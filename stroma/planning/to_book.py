"""Who waits for their visits to be booked: decided, consented, and nothing booked."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from stroma.clinic.models import Site
from stroma.courses.models import Course
from stroma.planning.models import Visit


def courses_to_book(site: Site) -> QuerySet[Course]:
    """The open courses of ``site`` with a valid consent and no visit booked or held, the longest open first."""
    visits = Visit.objects.filter(course=OuterRef("pk"))
    # Held ones are asked for first: nearly every open course has one, and then nothing else is looked at.
    none_is_live = ~Exists(visits.filter(state=Visit.State.COMPLETED)) & ~Exists(
        visits.filter(state=Visit.State.BOOKED)
    )
    consented = Q(consent__isnull=False, consent__withdrawal__isnull=True)
    found = Course.objects.filter(none_is_live, consented, site=site, state=Course.State.OPEN)
    return found.select_related("patient").order_by("opened_at", "number")
