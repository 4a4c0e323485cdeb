"""What a lot that failed means to planning: whose chain cannot go on as booked."""

from uuid import UUID

from django.db.models import Exists, OuterRef

from stroma.clinic.models import Site
from stroma.courses.models import Course
from stroma.custody.domain.states import LotState
from stroma.custody.models import Lot
from stroma.protocols.domain.blocker import Blocker, Weight


def failed_chains(site: Site) -> dict[UUID, Blocker]:
    """The open courses of a site whose newest lot was rejected, and since when."""
    newer = Lot.objects.filter(course=OuterRef("course"), made_at__gt=OuterRef("made_at"))
    failed = Lot.objects.filter(
        site=site, state=LotState.REJECTED, course__state=Course.State.OPEN, rejection__isnull=False
    ).exclude(Exists(newer))
    return {
        course: Blocker("chain_lot_failed", {"at": rejected_at}, "Stroma release", Weight.CAUTION)
        for course, rejected_at in failed.values_list("course_id", "rejection__rejected_at")
    }
