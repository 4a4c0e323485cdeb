"""What a patient may do with a visit of their own, and for how long it can wait."""

from datetime import datetime, timedelta

from stroma.planning.domain.booking import SOURCE
from stroma.protocols.domain.blocker import Blocker

OWN_NOTICE = timedelta(hours=48)
"""How long before it begins patients cancel a visit by themselves; an editable default, general knowledge."""

WITH_THE_TEAM = frozenset({"collect", "process", "release", "inject"})
"""Stages for which cells, people and rooms are prepared: these visits change on the telephone only."""


def asking_blockers(
    *, state: str, is_for_patient: bool, starts_at: datetime, has_open_wish: bool, words: str, at: datetime
) -> list[Blocker]:
    """Why a patient may not ask for another time of a visit."""
    blockers = _standing(state, is_for_patient, starts_at, at)
    if has_open_wish:
        blockers.append(Blocker("wish_open_already", {}, SOURCE))
    if not words.strip():
        blockers.append(Blocker("wish_without_words", {}, SOURCE))
    return blockers


def own_cancelling_blockers(
    *, state: str, is_for_patient: bool, stage: str, starts_at: datetime, reason: str, at: datetime
) -> list[Blocker]:
    """Why a patient may not cancel a visit by themselves: the way on is to call or to ask for another time."""
    blockers = _standing(state, is_for_patient, starts_at, at)
    if stage in WITH_THE_TEAM:
        blockers.append(Blocker("own_cancel_needs_a_call", {}, SOURCE))
    elif not blockers and starts_at < at + OWN_NOTICE:
        hours = OWN_NOTICE // timedelta(hours=1)
        blockers.append(Blocker("own_cancel_too_late", {"hours": hours}, SOURCE))
    if not reason.strip():
        blockers.append(Blocker("wish_without_words", {}, SOURCE))
    return blockers


def answering_blockers(*, state: str, answer: str) -> list[Blocker]:
    """Why a wish cannot be answered so."""
    blockers = []
    if state != "OPEN":
        blockers.append(Blocker("wish_answered_before", {}, SOURCE))
    if not answer.strip():
        blockers.append(Blocker("wish_answer_missing", {}, SOURCE))
    return blockers


def _standing(state: str, is_for_patient: bool, starts_at: datetime, at: datetime) -> list[Blocker]:
    if not is_for_patient:
        return [Blocker("wish_for_the_laboratory", {}, SOURCE)]
    if state != "BOOKED":
        return [Blocker("wish_for_ended_visit", {}, SOURCE)]
    if starts_at <= at:
        return [Blocker("wish_for_begun_visit", {}, SOURCE)]
    return []
