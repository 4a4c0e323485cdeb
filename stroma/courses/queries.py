"""Reads about courses."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404

from stroma.clinic.access import Person
from stroma.clinic.models import Site
from stroma.clinic.queries import protocol_of
from stroma.courses.models import ConsentOffer, Course
from stroma.ledger.domain.entry import ChainKey, course_chain, patient_chain, site_chain
from stroma.ledger.locks import rows_to_change
from stroma.patients.access import patient_seen_by
from stroma.patients.account_queries import account_is_attested
from stroma.patients.domain.attesting import account_blockers
from stroma.patients.domain.consenting import Place, place_blockers, waiting_blockers
from stroma.patients.models import Patient
from stroma.patients.queries import consent_is_valid, hold_consents, records_merged_into
from stroma.protocols.domain.blocker import Blocker
from stroma.protocols.domain.problem import BadInput, Problem
from stroma.protocols.domain.spine import Side, Target

NOT_OPEN = Blocker("course_not_open", {}, "Stroma courses")


def next_course_number(site: Site, at: datetime) -> str:
    """The next number at this site in this year: ``C-26-0012``. Call with the site's row locked or in an action."""
    rows_to_change(Site.objects).get(pk=site.pk)
    prefix = f"C-{at:%y}-"
    newest = (
        Course.objects.filter(site=site, number__startswith=prefix)
        .order_by("number")
        .values_list("number", flat=True)
        .last()
    )
    return f"{prefix}{int(newest.removeprefix(prefix)) + 1 if newest else 1:04d}"


# Note [The course first]
#     Whatever rests on a course being open or on its consent takes both from here, before it looks at anything else and
#     before it locks anything else. So the end of a course and the withdrawal of its consent come wholly before it or
#     wholly after it on PostgreSQL too, where what another has written and not yet committed is seen by nobody; and
#     since everybody begins here, nobody waits in a ring; see also Note [A lock leaves the key free].


def course_to_change(course_id: UUID) -> Course:
    """The course as it stands, locked for this transaction together with its consent."""
    [course] = courses_to_change([course_id])
    return course


def courses_to_change(courses: Iterable[UUID]) -> list[Course]:
    """These courses as they stand, locked with their consents in the one order in which everybody locks them."""
    # Not joined with what belongs to them: PostgreSQL finds no row when that has changed while this one waited.
    locked = rows_to_change(Course.objects).prefetch_related("site", "patient", "protocol")
    found = list(locked.filter(pk__in=set(courses)).order_by("pk"))
    consents = hold_consents(course.consent_id for course in found)
    for course in found:
        if course.consent_id is not None:
            course.consent = consents[course.consent_id]
    return found


def move_courses(duplicate: Patient, survivor: Patient) -> None:
    """What a merge of patient records does to courses: they follow the surviving record."""
    Course.objects.filter(patient=duplicate).update(patient=survivor)


def course_for(person: Person, course_id: UUID, *, page: str, at: datetime) -> Course:
    """The course, after noting who looked. Raises Http404 for a course of a patient who is not theirs."""
    course = (
        Course.objects.filter(pk=course_id)
        .select_related("site", "patient", "protocol", "decision", "consent")
        .defer("protocol__document")
        .first()
    )
    if course is None:
        raise Http404("no such course")
    patient_seen_by(person, course.patient_id, page=page, at=at)
    return course


def offered_consent(course: Course) -> ConsentOffer | None:
    """What the patient is asked to consent to: the newest offer of this course."""
    return (
        ConsentOffer.objects.filter(course=course).select_related("offered_by").order_by("offered_at").last()
    )


def offered_places(offer: ConsentOffer) -> list[Place]:
    """The places of an offer as the rules take them."""
    return [Place(Target(place["target"]), place["level"], Side(place["side"])) for place in offer.places]


def signing_blockers(course: Course, *, at: datetime) -> list[Blocker]:
    """Why the patient cannot sign the consent to this course now; the page and the action ask the same."""
    document = protocol_of(course.protocol)
    blockers = waiting_blockers(document, decided_at=course.decision.decided_at, at=at)
    blockers += account_blockers(is_attested=account_is_attested(course.patient.user))
    if course.state != Course.State.OPEN:
        blockers.append(NOT_OPEN)
    if consent_is_valid(course.consent):
        blockers.append(Blocker("consented_already", {}, "Stroma courses"))
    offer = offered_consent(course)
    if offer is None:
        return [*blockers, Blocker("consent_not_offered", {}, document.consent.source)]
    return [*blockers, *place_blockers(document, offered_places(offer))]


# --- What a dossier tells of a course ---------------------------------------------------------------------


def course_numbered(text: str) -> UUID | None:
    """The course with that number, None when there is none.

    Raises BadInput where several sites of this installation have one, naming each: numbers are unique at a site.
    """
    found = list(Course.objects.filter(number=text).order_by("site__name").values_list("id", "site__name"))
    if len(found) < 2:
        return found[0][0] if found else None
    each = "; ".join(f"{course} at {site}" for course, site in found)
    message = f"{len(found)} sites have a course {text}. Give the identifier of one: {each}."
    raise BadInput([Problem("course_number_ambiguous", message, place="COURSE")])


def chains_of(course: Course) -> list[ChainKey]:
    """The chains that an entry about this course joins."""
    return [course_chain(course.id), patient_chain(course.patient_id), site_chain(course.site_id)]


def chains_of_course(course_id: UUID) -> list[ChainKey]:
    """The course's own chain and its patient's, with those of records that were merged into the patient's."""
    course = Course.objects.filter(pk=course_id).select_related("patient").first()
    if course is None:
        return []
    records = [course.patient, *records_merged_into(course.patient)]
    return [course_chain(course.id), *(patient_chain(record.id) for record in records)]


def course_section(course_id: UUID) -> dict[str, Any] | None:
    """Which course this is and what it ended in."""
    course = Course.objects.filter(pk=course_id).select_related("site", "authorization").first()
    if course is None:
        return None
    return {
        "course": course.id,
        "number": course.number,
        "site": course.site.name,
        "state": course.state,
        "opened_at": course.opened_at,
        "ended_at": course.ended_at,
        "authorization": course.authorization.reference if course.authorization else None,
    }


def protocol_section(course_id: UUID) -> dict[str, Any] | None:
    """The protocol document the course is bound to, to the letter."""
    course = Course.objects.filter(pk=course_id).select_related("protocol").first()
    if course is None:
        return None
    adopted = course.protocol
    return {
        "id": adopted.protocol_id,
        "version": adopted.version,
        "digest": adopted.digest,
        "document": adopted.document,
    }


def candidacy_section(course_id: UUID) -> dict[str, Any] | None:
    """What was asked and answered, where each answer came from (assumed ones say so), and the reasons found."""
    course = Course.objects.filter(pk=course_id).select_related("decision__assessment").first()
    if course is None:
        return None
    assessment = course.decision.assessment
    return {
        "assessment": assessment.id,
        "salt": assessment.salt,
        "answers": [{**answer, "value": str(answer["value"])} for answer in assessment.answers],
        "red_flags": assessment.red_flags,
        "blockers": [
            {"code": blocker["code"], "weight": blocker["weight"], "source": blocker["source"]}
            for blocker in assessment.blockers
        ],
        "outcome": course.decision.outcome,
        "overrides": course.decision.overrides,
    }
