"""What a walk is asked and what it answers, and when it may begin."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from stroma.candidacy.domain.sheet import AnswerSheet
from stroma.courses.models import Course
from stroma.patients.domain.intake import PatientIntake
from stroma.patients.models import Patient
from stroma.protocols.domain.blocker import Blocker
from stroma.protocols.library import ShippedProtocol


@dataclass(frozen=True)
class WalkRequest:
    """What a walk is asked to do: the protocol, the person, what was told and what is assumed."""

    protocol: ShippedProtocol
    intake: PatientIntake
    intake_source: str
    told: AnswerSheet
    told_source: str
    assumed: AnswerSheet
    assumed_source: str
    seed: int
    start: datetime


@dataclass
class WalkResult:
    """What came of it."""

    patient: Patient | None = None
    course: Course | None = None
    site_name: str = ""
    authorization: str | None = None
    steps: list[dict[str, str]] = field(default_factory=list)
    blockers: list[Blocker] = field(default_factory=list)
    cautions: list[Blocker] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)
    registry: list[dict[str, Any]] = field(default_factory=list)

    @property
    def outcome(self) -> str:
        """``completed`` or ``stopped``."""
        return "stopped" if self.blockers else "completed"


def next_working_hour(moment: datetime, zone: str) -> datetime:
    """The first moment from ``moment`` on that is a weekday between nine and four at the site."""
    local = moment.astimezone(ZoneInfo(zone))
    if local.timetz().replace(tzinfo=None) >= time(16):
        local = (local + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
    elif local.timetz().replace(tzinfo=None) < time(9):
        local = local.replace(hour=9, minute=0, second=0, microsecond=0)
    while local.weekday() >= 5:
        local = (local + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
    return local.astimezone(UTC)


def walk_start(now: datetime, zone: str = "America/New_York") -> datetime:
    """When a walk begins: the next working hour, on the minute."""
    return next_working_hour(now.replace(second=0, microsecond=0), zone)
