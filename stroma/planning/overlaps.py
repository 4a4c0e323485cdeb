"""Whether anything is booked twice, for ``stroma verify``.

The guard in the database looks at each row as it comes; this asks the whole table.
"""

from django.db.models import F, Max, RowRange, Window

from stroma.planning.models import Reservation


def booking_findings() -> list[str]:
    """Each live reservation that begins before an earlier one of the same person, room, device or patient ends."""
    longest_before = Window(
        Max("ends_at"),
        partition_by="resource",
        order_by=["starts_at", "id"],
        frame=RowRange(start=None, end=-1),
    )
    live = Reservation.objects.filter(is_live=True).order_by().annotate(taken_until=longest_before)
    twice = live.filter(starts_at__lt=F("taken_until")).order_by("starts_at", "id")
    return [
        f"resource {row.resource_id} is booked twice: reservation {row.pk} begins before another one ends"
        for row in twice
    ]
