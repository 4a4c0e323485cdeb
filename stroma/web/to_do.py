"""What is to be done next about a patient, by whom, and where: what a person may not do is not put before them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from stroma.candidacy.models import Assessment, Decision
from stroma.clinic.access import Person
from stroma.clinic.domain.roles import CARERS, CLINICIANS, LABORATORY, Role
from stroma.clinic.queries import protocol_of
from stroma.courses.queries import offered_consent
from stroma.custody.models import Material
from stroma.ledger.wording import word
from stroma.patients.account_queries import account_is_attested
from stroma.patients.domain.attesting import ATTESTERS
from stroma.patients.models import Patient
from stroma.planning.models import Visit
from stroma.protocols.domain.vocabulary import Donor
from stroma.web.patient_queries import CourseCard

ASSESSORS = frozenset({Role.PHYSIATRIST, Role.NURSE, Role.COORDINATOR})
BEDSIDE = frozenset({Role.PHYSIATRIST, Role.NURSE})


@dataclass(frozen=True, slots=True)
class ToDo:
    """One thing to do next, with where to do it and by whom; ``is_post`` asks for a button instead of a link."""

    text: str | Promise
    action: str | Promise
    href: str
    roles: frozenset[Role] = CARERS
    is_post: bool = False
    sent: Mapping[str, str] = field(default_factory=dict)
    """What the button sends along."""


def to_do_before_a_course(person: Person, patient: Patient, assessments: Sequence[Assessment]) -> list[ToDo]:
    """What waits until a course is open, of what this person may do."""
    return [item for item in _before_a_course(patient, assessments) if person.plays(*item.roles)]


def to_do_in_courses(person: Person, cards: Sequence[CourseCard], *, at: datetime) -> list[ToDo]:
    """What waits at ``at`` in open courses, of what this person may do."""
    found: list[ToDo] = []
    for card in cards:
        if card.is_open:
            found += [
                *_consenting(card),
                *_booking(card),
                *_cells(card),
                *_care(card, at),
                *_questionnaires(card),
            ]
    return [item for item in found if person.plays(*item.roles)]


def _before_a_course(patient: Patient, assessments: Sequence[Assessment]) -> Iterator[ToDo]:
    """What the assessments wait for; without any, the first question."""
    if not assessments:
        yield ToDo(
            _("Nobody has asked yet whether a treatment is right for this patient."),
            _("Assess for a treatment"),
            reverse("choose_treatment", args=[patient.id]),
            ASSESSORS,
        )
    for assessment in assessments:
        decision = getattr(assessment, "decision", None)
        title = {"protocol": word(protocol_of(assessment.protocol).title)}
        if decision is None:
            yield ToDo(
                _("An assessment for %(protocol)s waits for a decision.") % title,
                _("Review and decide"),
                reverse("review", args=[assessment.id]),
            )
        elif decision.outcome == Decision.Outcome.CANDIDATE and not hasattr(decision, "course"):
            yield ToDo(
                _("A candidate for %(protocol)s; no course is open yet.") % title,
                _("Open course"),
                reverse("open_course", args=[decision.id]),
                CLINICIANS | {Role.COORDINATOR},
                is_post=True,
            )


def _consenting(card: CourseCard) -> Iterator[ToDo]:
    if card.consent_is_valid:
        return
    course = card.course
    if offered_consent(course) is None:
        yield ToDo(
            _("The consent is not before the patient yet."),
            _("Prepare the consent"),
            reverse("prepare_consent", args=[course.id]),
            CLINICIANS,
        )
    elif course.patient.user_id is None:
        yield ToDo(
            _("The patient can sign on their own pages once they have an account."),
            _("Give an account"),
            reverse("give_account", args=[course.patient_id]),
            ASSESSORS,
        )
    elif not account_is_attested(course.patient.user):
        yield ToDo(
            _("The patient's account waits for a second person before it can sign."),
            _("Confirm the account"),
            reverse("attest_account", args=[course.patient_id]),
            frozenset(ATTESTERS),
        )
    yield ToDo(
        _("There is no consent yet."),
        _("Record consent"),
        reverse("consent", args=[course.id]),
        ASSESSORS | CLINICIANS,
    )


def _booking(card: CourseCard) -> Iterator[ToDo]:
    live = [row for row in card.visits if row.visit.state in {Visit.State.BOOKED, Visit.State.COMPLETED}]
    booked = [row for row in live if row.visit.state == Visit.State.BOOKED]
    if card.consent_is_valid and (not live or (not booked and not card.is_treated)):
        href = reverse("book_chain", args=[card.course.id])
        yield ToDo(_("Nothing is booked."), _("Book the visits"), href, frozenset({Role.COORDINATOR}))
    for late in [row for row in card.visits if row.is_late][:1]:
        yield ToDo(
            _("Nobody has said what became of the visit “%(title)s”.") % {"title": word(late.title)},
            _("Say it was held"),
            reverse("visit_held", args=[late.visit.id]),
            is_post=True,
        )


def _cells(card: CourseCard) -> Iterator[ToDo]:
    """From the needle that takes the cells to the one that gives them, and what is left over."""
    course, protocol = card.course, card.protocol
    if not protocol.gives_cells or not card.consent_is_valid:
        return
    stages = {visit.code: visit.stage for visit in protocol.visits}
    is_awaited = any(
        stages.get(row.visit.code) == "collect" and row.visit.state == Visit.State.BOOKED
        for row in card.visits
    )
    lots = [row for row in card.lots if row.lot.state != "REJECTED"]
    if is_awaited and not lots and protocol.donor is Donor.AUTOLOGOUS:
        yield ToDo(
            _("The cells are still to be collected."),
            _("Record the collection"),
            reverse("collect", args=[course.id]),
            BEDSIDE,
        )
    held = [(row.lot, one) for row in lots for one in row.containers if one.kind != Material.Kind.STORED]
    if any(lot.state == "RELEASED" and one.kind == Material.Kind.DOSE for lot, one in held):
        yield ToDo(
            _("A released dose waits to be given."),
            _("Time-out"),
            reverse("time_out", args=[course.id]),
            frozenset({Role.PHYSIATRIST}),
        )
    elif card.doses and held:
        yield ToDo(
            _("Containers of this course still hold something."),
            _("Account for what is left"),
            reverse("cells_left", args=[course.id]),
            BEDSIDE | LABORATORY,
        )


def _care(card: CourseCard, at: datetime) -> Iterator[ToDo]:
    """Traditional treatment: what was given at a visit whose time has come."""
    if card.protocol.gives_cells or not card.consent_is_valid:
        return
    stages = {visit.code: visit.stage for visit in card.protocol.visits}
    given = {care.visit_code for care in card.care}
    for row in card.visits:
        is_open = row.visit.state == Visit.State.BOOKED and row.visit.starts_at <= at
        if is_open and stages.get(row.visit.code) == "inject" and row.visit.code not in given:
            yield ToDo(
                _("“%(title)s”: write down once the treatment was given.") % {"title": word(row.title)},
                _("The treatment was given"),
                reverse("give_care", args=[card.course.id]),
                CARERS - {Role.COORDINATOR},
                is_post=True,
                sent={"visit": row.visit.code},
            )


def _questionnaires(card: CourseCard) -> Iterator[ToDo]:
    if not card.dues or (card.is_treated and not any(row.due.treated_at for row in card.dues)):
        yield ToDo(
            _("The questionnaires are not planned."),
            _("Plan questionnaires"),
            reverse("plan_questionnaires", args=[card.course.id]),
            is_post=True,
        )
    if any(row.state == "DUE" for row in card.dues):
        yield ToDo(
            _("Questionnaires are open."),
            _("Ask by telephone, or send a link"),
            reverse("call", args=[card.course.id]),
        )
