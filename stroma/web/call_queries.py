"""What is asked in one follow-up call."""

from datetime import datetime

from django.urls import reverse

from stroma.courses.models import Course
from stroma.follow_up.links import link_token
from stroma.follow_up.models import QuestionnaireDue
from stroma.follow_up.queries import dues_open, late_dues


def unanswered(course: Course, *, at: datetime) -> list[QuestionnaireDue]:
    """The questionnaires of a course that may be asked now: open ones first, then those whose time is over."""
    opened = list(dues_open(course.site, at=at).filter(course=course))
    return [*opened, *late_dues(course.site, at=at).filter(course=course).order_by("-due_at")]


def link_to(due: QuestionnaireDue, *, at: datetime) -> str:
    """Where a link leads by which the patient answers this one without signing in.

    Empty once its time is over, and for a patient without an account, in whose name nobody could answer.
    """
    if due.course.patient.user_id is None or (due.closes_at is not None and due.closes_at <= at):
        return ""
    return reverse("questionnaire_by_link", args=[link_token(due)])
