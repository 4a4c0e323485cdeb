"""Things that some planned courses keep for days and others take for hours: each sees what stands of the other.

A protocol from before holds names an incubator place at its visits; its newer version keeps one from seeding to
harvest. Both may be planned together. In an instance such a thing is two resources, one counted by hours and one by
days, so what stands on the one is marked as taken on the other. What a plan newly puts on both it does not compare: the
guard against double booking refuses that when it is taken over.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from stroma.planning.clinic_roster import ClinicRoster
from stroma.planning.domain.kinds import Bookable, Span
from stroma.planning.models import Reservation


@dataclass
class TakenBothWays:
    """What booked visits of planned courses take for hours and what is kept for days until them, by thing."""

    hours: dict[UUID, list[Span]] = field(default_factory=lambda: defaultdict(list))
    days: dict[UUID, list[Span]] = field(default_factory=lambda: defaultdict(list))

    def as_keepers(self, able: Sequence[Bookable]) -> list[Bookable]:
        """The same things as whoever keeps one for days sees them: taken where a visit takes them."""
        return [one.with_busy(self.hours.get(one.id, ())) for one in able]

    def as_taken(self, able: Sequence[Bookable]) -> list[Bookable]:
        """The same things as visits see them: taken where one is kept for days."""
        return [one.with_busy(self.days.get(one.id, ())) for one in able]


def taken_both_ways(roster: ClinicRoster, visits: Collection[UUID]) -> TakenBothWays:
    """What these booked visits take, of what can be kept for days and taken for hours in this plan."""
    found = TakenBothWays()
    things = {pk for pk, _own, _kind in roster.keepers() if set(roster.kinds[pk]) & roster.taken_kinds}
    if not things:
        return found
    rows = Reservation.objects.filter(visit__in=visits, resource__in=things, is_live=True)
    for thing, hold, *span in rows.values_list("resource_id", "hold", "starts_at", "ends_at"):
        (found.hours if hold is None else found.days)[thing].append(Span(*span))
    return found
