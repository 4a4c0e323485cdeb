"""A final result that turned out bad after use: what has to be done, for whom, by when, until nothing is forgotten."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from stroma.protocols.domain.blocker import Blocker

SOURCE = "clinical.md §1.7: the list, and its times, are general knowledge; quality of the site sets its own"

FOR_EACH_RECIPIENT = ("notify_physician", "call_patient", "consider_antibiotics")
FOR_THE_LOT = ("secure_containers", "identify_organism", "open_deviation", "notify_quality")
NOTICES = frozenset({"notify_physician", "call_patient", "notify_quality"})
"""Done by a notice that somebody sends or reads out."""

WITHIN: dict[str, timedelta] = {
    "secure_containers": timedelta(hours=1),
    "notify_physician": timedelta(hours=4),
    "call_patient": timedelta(hours=24),
    "consider_antibiotics": timedelta(hours=24),
    "notify_quality": timedelta(hours=24),
    "open_deviation": timedelta(days=3),
    "identify_organism": timedelta(days=7),
}
"""How soon after the result came in (general knowledge)."""


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do; ``recipient`` names the course it is for, blank for the lot."""

    code: str
    recipient: str
    due_at: datetime


def tasks_for(recipients: Iterable[str], *, opened_at: datetime) -> list[Task]:
    """Everything that has to be done, the soonest due first. With no recipient nobody is called."""
    wanted = [(code, "") for code in FOR_THE_LOT]
    wanted += [(code, recipient) for recipient in sorted(recipients) for code in FOR_EACH_RECIPIENT]
    tasks = [Task(code, recipient, opened_at + WITHIN[code]) for code, recipient in wanted]
    return sorted(tasks, key=lambda task: (task.due_at, task.code, task.recipient))


def open_tasks(tasks: Sequence[Task], done: Iterable[tuple[str, str]]) -> list[Task]:
    """Those that nobody has done, the soonest due first."""
    finished = set(done)
    return [task for task in tasks if (task.code, task.recipient) not in finished]


def closing_blockers(tasks: Sequence[Task], done: Iterable[tuple[str, str]]) -> list[Blocker]:
    """Why the case cannot be closed: each task that is left."""
    return [
        Blocker("late_positive_task_open", {"task": task.code, "recipient": task.recipient}, SOURCE)
        for task in open_tasks(tasks, done)
    ]
