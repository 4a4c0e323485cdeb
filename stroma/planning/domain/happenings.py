"""What can upset a plan, and whether a plan may be asked for because of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from stroma.protocols.domain.blocker import Blocker

SOURCE = "Stroma planning"


class Happening(StrEnum):
    """What upset the plan."""

    AWAY = "AWAY"
    """Somebody is ill, something is broken."""
    HELD_BACK = "HELD_BACK"
    """A slow culture, a patient who did not or cannot come: a visit cannot be before a day."""
    LOT_FAILED = "LOT_FAILED"
    """The cells are lost; the course begins anew with a visit."""


@dataclass(frozen=True, slots=True)
class Upset:
    """One happening with what it concerns: a resource and days, or a course, a visit and the first day possible."""

    kind: Happening
    resource: UUID | None = None
    first: date | None = None
    last: date | None = None
    course: UUID | None = None
    visit: str = ""
    not_before: date | None = None

    def document(self) -> dict[str, str]:
        """As it is kept."""
        values = {
            "kind": self.kind.value,
            "resource": self.resource,
            "first": self.first,
            "last": self.last,
            "course": self.course,
            "visit": self.visit,
            "not_before": self.not_before,
        }
        return {name: str(value) for name, value in values.items() if value}

    @classmethod
    def read(cls, document: dict[str, str]) -> "Upset":
        """From what was kept."""

        def day(name: str) -> date | None:
            return date.fromisoformat(document[name]) if name in document else None

        def own(name: str) -> UUID | None:
            return UUID(document[name]) if name in document else None

        return cls(
            Happening(document["kind"]),
            own("resource"),
            day("first"),
            day("last"),
            own("course"),
            document.get("visit", ""),
            day("not_before"),
        )


def upset_blockers(upset: Upset, *, today: date, visits: Collection[str]) -> list[Blocker]:
    """Why no plan can be asked for because of ``upset``; ``visits`` are the codes of its course's protocol."""
    blockers = []
    if upset.kind is Happening.AWAY:
        if upset.resource is None:
            blockers.append(Blocker("upset_names_nobody", {}, SOURCE))
        if upset.first is None or upset.last is None or upset.last < upset.first:
            blockers.append(
                Blocker("upset_days_reversed", {"first": upset.first, "last": upset.last}, SOURCE)
            )
        elif upset.last < today:
            blockers.append(Blocker("upset_is_over", {"last": upset.last, "today": today}, SOURCE))
    else:
        if upset.course is None:
            blockers.append(Blocker("upset_names_no_course", {}, SOURCE))
        elif upset.visit not in visits:
            blockers.append(Blocker("upset_visit_unknown", {"visit": upset.visit}, SOURCE))
        if upset.kind is Happening.HELD_BACK and (upset.not_before is None or upset.not_before < today):
            blockers.append(Blocker("upset_day_is_over", {"today": today}, SOURCE))
    return blockers
