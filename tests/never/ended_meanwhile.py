"""Rivals of a patient who takes the consent back: what rests on the open course is done at the same moment.

They are let loose as in Note [The slow one] of ``meanwhile``. None of it may stand in the ledger behind the end of the
course; there is no guard of the database here, so that the lock alone keeps them apart.
"""

from collections.abc import Callable
from typing import Any

from stroma.clinic.domain.roles import Role
from stroma.collection import actions as collection
from stroma.courses.actions import withdraw_from_course
from stroma.courses.models import Course
from stroma.planning.actions import chains
from stroma.processing.actions import steps
from stroma.release.domain import decision
from tests.never import crashes
from tests.never.meanwhile import done_after, slowly
from tests.never.rivalry import Rivalry
from tests.never.world import World


@slowly
def _withdraw_from_what_was_consented(world: World) -> object:
    return _withdraw(world, world.consented)


@slowly
def _withdraw_from_what_was_tested(world: World) -> object:
    return _withdraw(world, world.tested)


def _withdraw(world: World, course: Course) -> object:
    return withdraw_from_course(course=course, reason="", by=world.house.person("nurse"), at=world.at)


def _begin_a_batch(world: World) -> None:
    world.house.collected(world.consented)
    crashes.open_batch(world)


def _case(
    *,
    act: Callable[[World], object],
    writes: str,
    look: tuple[Any, str],
    arrange: Callable[[World], object] = lambda world: None,
    withdraw: Callable[[World], object] = _withdraw_from_what_was_consented,
) -> Rivalry:
    return Rivalry(
        rivals=2,
        act=act,
        arrange=arrange,
        is_between=True,
        other=withdraw,
        count=done_after("course.stopped", writes),
        tables=(),
        look=look,
    )


CASES = {
    "collection of a course that ends": _case(
        act=crashes.collect,
        arrange=crashes.register_own_donor,
        writes="tissue.collected",
        look=(collection, "collection_blockers"),
    ),
    "step of a course that ends": _case(
        act=crashes.do_first_step,
        arrange=_begin_a_batch,
        writes="batch.step_done",
        look=(steps, "step_blockers"),
    ),
    "booking of a course that ends": _case(
        act=crashes.book, writes="visits.booked", look=(chains, "reasons_not_to_book")
    ),
    "signature for a course that ends": _case(
        act=lambda world: crashes.sign(world, "quality", Role.QUALITY),
        writes="certificate.signed",
        withdraw=_withdraw_from_what_was_tested,
        look=(decision, "release_blockers"),
    ),
    "release for a course that ends": _case(
        act=crashes.release,
        arrange=crashes.sign_both,
        writes="lot.released",
        withdraw=_withdraw_from_what_was_tested,
        look=(decision, "release_blockers"),
    ),
}
