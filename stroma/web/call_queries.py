"""What is asked in one follow-up call."""

from datetime import datetime

from stroma.courses.models import Course
from stroma.follow_up.models import QuestionnaireDue
from stroma.follow_up.queries import dues_open, late_dues


def unanswered(course: Course, *, at: datetime) -> list[QuestionnaireDue]:
    """The questionnaires of a course that may be asked now: open ones first, then those whose time is over."""
    opened = list(dues_open(course.site, at=at).filter(course=course))
    return [*opened, *late_dues(course.site, at=at).filter(course=course).order_by("-due_at")]
