"""Searching on for a better plan than the first, in a process of its own, so that pages stay quick.

The process writes how far it is once a second, and ends with the best so far when it is asked to or when its time is
over. A page that is open reads the row; nobody waits for anybody.
"""

import subprocess
import sys
import threading
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from stroma.ledger.record import present
from stroma.planning.domain.happenings import Upset
from stroma.planning.models import Replan
from stroma.planning.planner.points import points_of
from stroma.planning.planner.result import plan
from stroma.planning.replanning import plan_after, proposal_of

SILENT_FOR = timedelta(seconds=20)
"""A search that has not been heard of for so long is over: its process was ended from outside."""
LENGTHS = (10, 30, 60)
"""How many seconds a search may be asked to take."""


def start(replan: Replan) -> None:
    """Begin the search for ``replan`` beside the server."""
    command = [sys.executable, "-m", "stroma", "plan", "improve", str(replan.pk)]
    process = subprocess.Popen(  # noqa: S603 - our own program, and an identifier of ours
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    threading.Thread(target=process.wait, daemon=True).start()  # so that its end is noticed


def is_lost(replan: Replan) -> bool:
    """Whether a search that is said to run cannot be running."""
    beat = replan.beat_at
    return replan.state == Replan.State.SEARCHING and (beat is None or timezone.now() - beat > SILENT_FOR)


def search(replan_id: UUID) -> None:
    """Search until the time is over or somebody asks it to stop; the better plan takes the place of the first."""
    replan = Replan.objects.select_related("site").get(pk=replan_id)
    rows = Replan.objects.filter(pk=replan_id)
    upset, at = Upset.read(replan.upset), present()
    rows.update(beat_at=timezone.now())
    found, schedule = plan_after(replan.site, upset, at=at)
    first = points_of(found.instance, schedule)

    def tell(_stage: str, seconds: float, points: float, bound: float) -> None:
        best = min(points, first)
        rows.update(seconds=seconds, points=best, bound=bound, beat_at=timezone.now())
        if rows.values_list("is_stop_asked", flat=True).get():
            raise KeyboardInterrupt  # the search takes it as its sign to end with the best so far

    try:
        result = plan(found.instance, seconds=replan.search_for, workers=1, progress=tell)
        if result.objective is not None and result.objective < first - 1e-6:
            proposal = proposal_of(found, result.schedule, upset)
            rows.update(found=proposal.document(), points=proposal.points)
        rows.update(seconds=result.seconds, bound=min(result.bound, first))
    finally:
        rows.update(state=Replan.State.FOUND)
