"""Who waits for their visits to be booked: decided, consented, and nothing booked."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from stroma.clinic.models import Site
from stroma.courses.models import Course
from stroma.planning.models import Visit


def courses_to_book(site: Site) -> QuerySet[Course]:
    """The open courses of ``site`` with a valid consent and no visit booked or held, the longest open first."""
    live = Visit.objects.filter(course=OuterRef("pk"), state__in=[Visit.State.BOOKED, Visit.State.COMPLETED])
    consented = Q(consent__isnull=False, consent__withdrawal__isnull=True)
    found = Course.objects.filter(consented, ~Exists(live), site=site, state=Course.State.OPEN)
    return found.select_related("patient").order_by("opened_at", "number")
