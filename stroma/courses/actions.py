"""Opening a course, consenting to it, giving traditional care, stopping and completing it."""

from collections.abc import Sequence
from datetime import datetime

from stroma.candidacy.models import Decision
from stroma.clinic.authority import authorize
from stroma.clinic.credentials import Credential
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import User
from stroma.clinic.queries import authorization_for, protocol_of
from stroma.courses.domain.ending import completion_blockers
from stroma.courses.models import CareGiven, ConsentOffer, Course
from stroma.courses.queries import (
    NOT_OPEN,
    chains_of,
    course_to_change,
    next_course_number,
    offered_consent,
    offered_places,
    signing_blockers,
)
from stroma.ledger import readers
from stroma.ledger.record import record
from stroma.ledger.transaction import action
from stroma.patients.actions import NotConsented, give_consent, withdraw_consent
from stroma.patients.authority import refuse_strangers
from stroma.patients.domain.consenting import Place, place_blockers
from stroma.patients.models import Consent
from stroma.patients.queries import consent_digest, consent_is_valid, survivor
from stroma.protocols.domain.blocker import Blocker, Refused


class NotOpenable(Refused):
    """The course cannot be opened."""


class CourseEnded(Refused):
    """The course has ended, or is not far enough for this."""


@action
def open_course(*, decision: Decision, by: User, at: datetime) -> Course:
    """Open a course on a signed decision, bound to the protocol version that was assessed."""
    assessment = decision.assessment
    authorize(by, Role.COORDINATOR, Role.PHYSIATRIST, Role.SURGEON, site=assessment.site, at=at)
    adopted = assessment.protocol
    protocol = protocol_of(adopted)
    authorization = authorization_for(assessment.site, adopted.protocol_id, at=at)
    blockers = []
    if decision.outcome != Decision.Outcome.CANDIDATE:
        blockers.append(Blocker("not_a_candidate", {}, "Stroma courses"))
    if Course.objects.filter(decision=decision).exists():
        blockers.append(Blocker("course_open_already", {}, "Stroma courses"))
    if protocol.legal.authorization_required and authorization is None:
        blockers.append(
            Blocker("authorization_missing", {"basis": protocol.legal.basis}, protocol.legal.source)
        )
    if blockers:
        raise NotOpenable(blockers)
    course = Course.objects.create(
        site=assessment.site,
        number=next_course_number(assessment.site, at),
        patient=survivor(assessment.patient),
        protocol=adopted,
        decision=decision,
        authorization=authorization if protocol.legal.authorization_required else None,
        opened_at=at,
    )
    record(
        "course.opened",
        by=by,
        at=at,
        chains=chains_of(course),
        facts={
            "course": course.id,
            "number": course.number,
            "patient": course.patient_id,
            "decision": decision.id,
            "protocol": protocol.key,
            "protocol_digest": adopted.digest,
            "authorization": course.authorization.reference if course.authorization else None,
        },
    )
    return course


@action
def consent_to_course(
    *, course: Course, places: Sequence[Place], language: str, method: Consent.Method, by: User, at: datetime
) -> Consent:
    """Record the patient's consent to this course. A later consent replaces the one before it."""
    authorize(by, Role.PHYSIATRIST, Role.NURSE, Role.COORDINATOR, Role.SURGEON, site=course.site, at=at)
    course = _open_course_for_update(course)
    consent = give_consent(
        patient=course.patient,
        protocol=course.protocol,
        places=places,
        language=language,
        method=method,
        decided_at=course.decision.decided_at,
        by=by,
        at=at,
    )
    course.consent = consent
    course.save(update_fields=["consent"])
    record(
        "course.consented",
        by=by,
        at=at,
        chains=chains_of(course),
        facts={"course": course.id, "consent": consent.id, "text_version": consent.text_version},
    )
    return consent


@action
def offer_consent(*, course: Course, places: Sequence[Place], by: User, at: datetime) -> ConsentOffer:
    """Put the consent before the patient, with the places to be treated. Raises NotConsented with every reason."""
    authorize(by, Role.PHYSIATRIST, Role.SURGEON, site=course.site, at=at)
    course = _open_course_for_update(course)
    document = protocol_of(course.protocol)
    if blockers := place_blockers(document, places):
        raise NotConsented(blockers)
    offer = ConsentOffer.objects.create(
        course=course,
        text_version=document.consent.version,
        places=[{"target": p.target, "level": p.level, "side": p.side} for p in places],
        offered_by=by,
        offered_at=at,
    )
    record(
        "consent.offered",
        by=by,
        at=at,
        chains=chains_of(course),
        facts={"course": course.id, "offer": offer.id, "version": offer.text_version, "places": offer.places},
    )
    return offer


@action
def sign_consent(
    *,
    course: Course,
    language: str,
    shown_digest: str | None = None,
    credential: Credential,
    by: User,
    at: datetime,
) -> Consent:
    """The patient signs the consent they were offered, for themselves, with a credential shown now.

    ``shown_digest`` is of what the patient was shown: when the physician has prepared it anew since, nothing is signed.
    Raises NotConsented with every reason, NotSignable when the credential fails, NotAuthorized for anybody else.
    """
    authorize(by, Role.PATIENT, site=course.site, at=at)
    refuse_strangers(by, patient=course.patient, at=at)
    course = course_to_change(course.id)
    offer = offered_consent(course)
    blockers = signing_blockers(course, at=at)
    if offer is not None and shown_digest not in (
        None,
        consent_digest(course.protocol, offered_places(offer)),
    ):
        blockers.append(Blocker("consent_changed_meanwhile", {}, "21 CFR 11.70"))
    if blockers or offer is None:
        raise NotConsented(blockers)
    course.consent = give_consent(
        patient=course.patient,
        protocol=course.protocol,
        places=offered_places(offer),
        language=language,
        method=Consent.Method.ELECTRONIC,
        decided_at=course.decision.decided_at,
        credential=credential,
        by=by,
        at=at,
    )
    course.save(update_fields=["consent"])
    facts = {"course": course.id, "consent": course.consent.id, "offer": offer.id}
    record("course.consented", by=by, at=at, chains=chains_of(course), facts=facts)
    return course.consent


@action
def withdraw_from_course(*, course: Course, reason: str, by: User, at: datetime) -> Course:
    """The patient takes the consent back: it is withdrawn, the course stops, and cells under way await a decision."""
    authorize(by, Role.PHYSIATRIST, Role.NURSE, Role.COORDINATOR, Role.PATIENT, site=course.site, at=at)
    refuse_strangers(by, Role.PHYSIATRIST, Role.NURSE, Role.COORDINATOR, patient=course.patient, at=at)
    course = _open_course_for_update(course)
    if course.consent is None:
        raise CourseEnded([Blocker("consent_missing", {}, "Stroma courses")])
    withdraw_consent(consent=course.consent, reason=reason, by=by, at=at)
    return _end(
        course, Course.State.STOPPED, "course.stopped", {"cause": "consent_withdrawn"}, reason, by, at
    )


@action
def stop_course(*, course: Course, reason: str, by: User, at: datetime) -> Course:
    """Stop a course before its end, with the reason."""
    authorize(by, Role.PHYSIATRIST, Role.SURGEON, Role.COORDINATOR, site=course.site, at=at)
    if not reason.strip():
        raise CourseEnded([Blocker("reason_missing", {}, "21 CFR 11.10(e)")])
    course = _open_course_for_update(course)
    return _end(course, Course.State.STOPPED, "course.stopped", {"cause": "decided"}, reason, by, at)


@action
def complete_course(*, course: Course, by: User, at: datetime) -> Course:
    """Close a course whose treatment was given, whose follow-up is over and whose cells are all accounted for."""
    authorize(by, Role.PHYSIATRIST, Role.SURGEON, Role.COORDINATOR, site=course.site, at=at)
    course = _open_course_for_update(course)
    open_ends = [
        blocker for read in readers.registered("course_open_ends").values() for blocker in read(course, at)
    ]
    given = CareGiven.objects.filter(course=course).exists()
    blockers = completion_blockers(protocol_of(course.protocol), care_given=given, open_ends=open_ends)
    if blockers:
        raise CourseEnded(blockers)
    return _end(course, Course.State.COMPLETED, "course.completed", {}, "", by, at)


@action
def give_care(*, course: Course, visit_code: str, by: User, at: datetime) -> CareGiven:
    """Record that a traditional treatment was given: medicine begun, a session held, an operation done."""
    authorize(by, Role.PHYSIATRIST, Role.SURGEON, Role.THERAPIST, Role.NURSE, site=course.site, at=at)
    course = _open_course_for_update(course)
    protocol = protocol_of(course.protocol)
    blockers = []
    if protocol.gives_cells:
        blockers.append(Blocker("course_gives_cells", {}, protocol.key))
    if not consent_is_valid(course.consent):
        blockers.append(Blocker("consent_missing", {}, "Stroma courses"))
    if blockers:
        raise CourseEnded(blockers)
    care = CareGiven.objects.create(course=course, visit_code=visit_code, given_at=at, given_by=by)
    record(
        "care.given",
        by=by,
        at=at,
        chains=chains_of(course),
        facts={"course": course.id, "care": care.id, "visit": visit_code},
    )
    return care


def _open_course_for_update(course: Course) -> Course:
    found = course_to_change(course.id)
    if found.state != Course.State.OPEN:
        raise CourseEnded([NOT_OPEN])
    return found


def _end(
    course: Course, state: Course.State, name: str, facts: dict[str, str], reason: str, by: User, at: datetime
) -> Course:
    course.state, course.ended_at = state, at
    course.save(update_fields=["state", "ended_at"])
    record(
        name,
        by=by,
        at=at,
        chains=chains_of(course),
        facts={"course": course.id, **facts},
        sealed={"reason": reason},
    )
    for what_follows in readers.registered("course_ended").values():
        what_follows(course, reason, by, at)
    return course
