"""What patients do with their own visits: ask for another time, cancel in limits; and the clinic's answer."""

from datetime import datetime

from stroma.clinic.authority import authorize
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import User
from stroma.clinic.queries import protocol_of
from stroma.courses.queries import chains_of
from stroma.ledger.locks import rows_to_change
from stroma.ledger.record import record
from stroma.ledger.transaction import action
from stroma.planning.domain.wishes import answering_blockers, asking_blockers, own_cancelling_blockers
from stroma.planning.freeing import facts_of, free_visits
from stroma.planning.models import MoveWish, Visit
from stroma.planning.waiting import offer_what_is_free
from stroma.protocols.domain.blocker import Blocker, Refused
from stroma.protocols.domain.schema import Visit as PlannedVisit


class WishRefused(Refused):
    """The visit stays as it is."""


@action
def ask_to_move(*, visit: Visit, words: str, by: User, at: datetime) -> MoveWish:
    """A patient asks for another time of a visit of their own. Raises WishRefused."""
    authorize(by, Role.PATIENT, site=visit.site, at=at)
    visit = _own(visit, by)
    planned = _planned(visit)
    blockers = asking_blockers(
        state=visit.state,
        is_for_patient=planned is None or planned.patient,
        starts_at=visit.starts_at,
        has_open_wish=visit.move_wishes.filter(state=MoveWish.State.OPEN).exists(),
        words=words,
        at=at,
    )
    if blockers:
        raise WishRefused(blockers)
    wish = MoveWish.objects.create(visit=visit, words=words.strip(), asked_by=by, asked_at=at)
    facts = {"wish": wish.id, "visit": visit.id}
    chains = chains_of(visit.course)
    record("visit.move_asked", by=by, at=at, chains=chains, facts=facts, sealed={"words": wish.words})
    return wish


@action
def cancel_own_visit(*, visit: Visit, reason: str, by: User, at: datetime) -> Visit:
    """A patient cancels a visit of their own, in time and where nothing is prepared. Raises WishRefused."""
    authorize(by, Role.PATIENT, site=visit.site, at=at)
    visit = _own(visit, by)
    planned = _planned(visit)
    blockers = own_cancelling_blockers(
        state=visit.state,
        is_for_patient=planned is None or planned.patient,
        stage=planned.stage if planned else "inject",
        starts_at=visit.starts_at,
        reason=reason,
        at=at,
    )
    if blockers:
        raise WishRefused(blockers)
    free_visits(visit.course, [visit], reason, by, at)
    _close_wishes(visit, "cancelled by the patient", by, at)
    offer_what_is_free(visit.site, by=by, at=at)
    return visit


@action
def answer_wish(*, wish: MoveWish, answer: str, by: User, at: datetime) -> MoveWish:
    """Tell a patient that a visit stays where it is, and why. Raises WishRefused."""
    authorize(by, Role.COORDINATOR, site=wish.visit.site, at=at)
    wish = rows_to_change(MoveWish.objects).select_related("visit__course").get(pk=wish.pk)
    if blockers := answering_blockers(state=wish.state, answer=answer):
        raise WishRefused(blockers)
    _answer(wish, MoveWish.State.STAYS, answer.strip(), by, at)
    facts = {"wish": wish.id, **facts_of(wish.visit)}
    chains = chains_of(wish.visit.course)
    record("visit.move_declined", by=by, at=at, chains=chains, facts=facts, sealed={"answer": wish.answer})
    return wish


def _own(visit: Visit, by: User) -> Visit:
    """The visit, locked. Raises WishRefused for one of another patient."""
    locked = (
        rows_to_change(Visit.objects).select_related("course__patient", "course__protocol").get(pk=visit.pk)
    )
    if locked.course.patient.user_id != by.pk:
        raise WishRefused([Blocker("wish_for_anothers_visit", {}, "Stroma planning")])
    return locked


def _planned(visit: Visit) -> PlannedVisit | None:
    return next((v for v in protocol_of(visit.course.protocol).visits if v.code == visit.code), None)


def _close_wishes(visit: Visit, answer: str, by: User, at: datetime) -> None:
    for wish in rows_to_change(visit.move_wishes).filter(state=MoveWish.State.OPEN):
        _answer(wish, MoveWish.State.STAYS, answer, by, at)


def _answer(wish: MoveWish, state: str, answer: str, by: User, at: datetime) -> None:
    wish.state, wish.answer, wish.answered_by, wish.answered_at = MoveWish.State(state), answer, by, at
    wish.save(update_fields=["state", "answer", "answered_by", "answered_at"])
