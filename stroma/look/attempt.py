"""Calling an action from a page: its answer, or every reason why it refused."""

from collections.abc import Callable
from typing import TypeVar

from django.forms import BaseForm

from stroma.ledger import wording
from stroma.protocols.domain.blocker import Blocker, Refused
from stroma.protocols.domain.problem import BadInput

Answer = TypeVar("Answer")


def attempt(act: Callable[[], Answer], form: BaseForm | None = None) -> tuple[Answer | None, list[Blocker]]:
    """What ``act`` gives back, or None and the reasons against it.

    Faults of the input become errors of ``form``; without a form they are no expected answer and are raised.
    """
    try:
        return act(), []
    except Refused as refusal:
        return None, refusal.blockers
    except BadInput as faulty:
        if form is None:
            raise
        for problem in faulty.problems:
            form.add_error(None, wording.fault(problem))
        return None, []
