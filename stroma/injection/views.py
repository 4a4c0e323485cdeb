"""The bedside: which doses are to be given, the time-out, the dose, and what is left."""

from datetime import datetime
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stroma.clinic.access import Person, granted_to, person_in, site_in
from stroma.clinic.domain.roles import Role
from stroma.clinic.live import changes_since_opened, opened_at
from stroma.clinic.queries import protocol_of
from stroma.courses.access import course_seen_by
from stroma.courses.models import Course
from stroma.custody.models import Material
from stroma.custody.queries import simulated_scans, simulated_wristbands
from stroma.custody.scan_pages import Asked, ask_for_scans, container_text, stopped
from stroma.custody.scanning import READ, Wanted, when_shown
from stroma.injection import actions
from stroma.injection.bedside import (
    Pause,
    containers_left,
    dose_of,
    dose_scanned,
    doses_of,
    doses_to_give,
    open_time_outs,
    shown_for,
    spots_to_treat,
    time_out_at,
    time_out_checks,
    treatment_now,
)
from stroma.injection.forms import CancelForm, DoseForm, PauseForm
from stroma.injection.models import TimeOut
from stroma.ledger.domain.entry import course_chain, site_chain
from stroma.ledger.record import present
from stroma.look.attempt import attempt
from stroma.look.formats import moment_text, span_text
from stroma.look.paging import page_asked
from stroma.release.standing import release_of

BEDSIDE = (Role.PHYSIATRIST, Role.NURSE)
NOTHING_IS_GIVEN = gettext_lazy("Nothing is given. What was scanned and why it stopped are on record.")


@granted_to(*BEDSIDE)
def bedside(request: HttpRequest) -> HttpResponse:
    """The released doses of the site, the one that expires soonest first. No names."""
    person, site, at = person_in(request), site_in(request), present()
    live = opened_at(request, site_chain(site.id))
    page = doses_to_give(site, at=at, page=page_asked(request, "doses"))
    doses = [
        {"material": one, "left": span_text(one.expires_at - at)}
        for one in page.rows
        if one.expires_at is not None
    ]
    values = {
        "live": live,
        "doses": doses,
        "doses_page": page,
        "open": open_time_outs(site, page=page_asked(request, "open")),
        "zone": site.time_zone,
        "at": at,
        "may_lead": person.plays(Role.PHYSIATRIST),
    }
    return render(request, "injection/bedside.html", values)


# --- The time-out --------------------------------------------------------------------------------------


@granted_to(Role.PHYSIATRIST)
def time_out(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """Stop, scan, agree: place and second person, the wristband, the container, then every check on one page."""
    person, at = person_in(request), present()
    live = opened_at(request, course_chain(course_id), has_form=True)
    course = course_seen_by(person, course_id, page="time_out", at=at)
    number = treatment_now(course)
    spots = spots_to_treat(course, number)
    held = doses_of(course)
    back = reverse("bedside")
    if not held or not spots:
        values = {"course": course, "has_dose": bool(held), "back": back}
        return render(request, "injection/nothing_to_give.html", values)
    form = PauseForm(request.POST or None, course=course, spots=spots, by=person.user, at=at)
    if not form.is_valid():
        values = {
            "live": live,
            "form": form,
            "found": [],
            "heading": _("Time-out"),
            "lead": _("Everybody stops. %(patient)s, course %(course)s")
            % {"patient": _name(course), "course": course.number},
            "action": _("Scan the wristband"),
            "back": back,
        }
        return render(request, "custody/form_page.html", values, status=422 if request.POST else 200)
    wanted = _time_out_scans(course, held)
    page = {"live": live, "task": _("Time-out"), "back": back, "stop": NOTHING_IS_GIVEN}
    asked = ask_for_scans(
        request,
        wanted,
        page=page,
        stop_wrong=lambda scans, readings: actions.stop_wrong_time_out(
            course=course,
            material=held[0],
            spot=form.spot,
            scans=scans,
            readings=readings,
            treatment_number=number,
            second_person=form.cleaned_data["second_person"],
            by=person.user,
            at=at,
        ),
        kept=["place", "second_person"],
    )
    if isinstance(asked, HttpResponse):
        return asked
    return _checked(request, person, course, form, asked, number, at)


def _name(course: Course) -> str:
    return f"{course.patient.given_names} {course.patient.family_name}"


def _time_out_scans(course: Course, held: list[Material]) -> list[Wanted]:
    return [
        Wanted(
            "wristband",
            _("Scan the patient's wristband"),
            _("Ask for the name and the birth date; then scan."),
            when_shown(partial(simulated_wristbands, course)),
            course.patient.record_number,
        ),
        Wanted(
            "container",
            _("Scan the dose"),
            _("The label on the syringe or vial in your hand."),
            when_shown(partial(simulated_scans, held[0])),
        ),
    ]


def _checked(
    request: HttpRequest,
    person: Person,
    course: Course,
    form: PauseForm,
    asked: Asked,
    number: int,
    at: datetime,
) -> HttpResponse:
    """Every check beside what was scanned. Go is agreed by a button; a stop is kept and shown at once."""
    live = opened_at(request, course_chain(course.pk), has_form=True)
    scans = asked.scans
    material = dose_scanned(course, scans["container"])
    if material is None:
        raise Http404("no dose")
    pause = Pause(course, material, form.spot, form.cleaned_data["second_person"], person.user, number)
    zone = ZoneInfo(course.site.time_zone)
    released = release_of(material.lot)
    shown = shown_for(
        pause,
        release=f"{released.get_kind_display()}, {moment_text(released.released_at, zone)}"
        if released
        else "–",
        use_by=moment_text(material.expires_at, zone) if material.expires_at else "–",
    )
    checks, found = time_out_checks(pause, scans, shown=shown, at=at)
    values = {"checks": checks, "course": course, "back": reverse("bedside"), "live": live}
    stale = changes_since_opened(request)
    if not found and (stale or request.POST.get("agreed") != "yes"):
        # Read aloud once more what holds now: nothing is scanned again.
        read = {READ + name: asked.sent[READ + name] for name in scans if READ + name in asked.sent}
        kept = {**{name: request.POST[name] for name in ("place", "second_person")}, **scans, **read}
        values |= {"kept": kept, "found": stale}
        return render(request, "injection/time_out_checks.html", values, status=422 if stale else 200)
    completed, found = attempt(
        lambda: actions.complete_time_out(
            course=course,
            material=material,
            spot=pause.spot,
            scans=scans,
            readings=asked.readings,
            treatment_number=number,
            second_person=pause.second_person,
            by=person.user,
            at=at,
        )
    )
    if completed is None:
        stopped = values | {
            "found": found,
            "stop": NOTHING_IS_GIVEN,
            "way_on": _("Start the time-out again"),
            "again": request.path,
        }
        return render(request, "injection/time_out_stopped.html", stopped, status=422)
    return redirect("time_out_done", time_out_id=completed.pk)


def _time_out_seen_by(person: Person, time_out_id: UUID, *, page: str, at: datetime) -> TimeOut:
    found = time_out_at(person.site, time_out_id)
    if found is None:
        raise Http404("no such time-out")
    found.course = course_seen_by(person, found.course_id, page=page, at=at)
    return found


@granted_to(Role.PHYSIATRIST)
def time_out_done(request: HttpRequest, time_out_id: UUID) -> HttpResponse:
    """GO: patient, place, product and release were checked by two people."""
    found = _time_out_seen_by(person_in(request), time_out_id, page="time_out_done", at=present())
    live = opened_at(request, course_chain(found.course_id), has_form=True)
    values = {"time_out": found, "patient": _name(found.course), "live": live}
    return render(request, "injection/time_out_done.html", values)


@granted_to(*BEDSIDE)
def cancel_time_out(request: HttpRequest, time_out_id: UUID) -> HttpResponse:
    """Close a time-out after which nothing was given: the whole container is scanned before a second person."""
    person, at = person_in(request), present()
    found = _time_out_seen_by(person, time_out_id, page="cancel_time_out", at=at)
    live = opened_at(request, course_chain(found.course_id), has_form=True)
    back = reverse("bedside")
    form = CancelForm(request.POST or None, course=found.course, by=person.user, at=at)
    stale = changes_since_opened(request)
    if not form.is_valid() or stale:
        values = {
            "live": live,
            "form": form,
            "found": stale,
            "heading": _("Cancel the time-out"),
            "lead": _("%(patient)s, %(level)s, %(side)s. If anything was given, go back and record the dose.")
            % {"patient": _name(found.course), "level": found.level, "side": found.get_side_display()},
            "subject": f"{found.material.lot.din} {found.material.division}",
            "action": _("Scan the container"),
            "back": back,
        }
        return render(request, "custody/form_page.html", values, status=422 if request.POST else 200)
    wanted = [
        Wanted(
            "container",
            _("Scan the container"),
            _("The label of the very container that had this time-out."),
            when_shown(partial(simulated_scans, found.material)),
            container_text(found.material.lot.din, found.material.division),
        )
    ]
    page = {"live": live, "task": _("Cancel the time-out"), "back": back, "stop": _("The time-out stands.")}
    asked = ask_for_scans(request, wanted, page=page, kept=["reason", "witness", "seen_whole"])
    if isinstance(asked, HttpResponse):
        return asked
    given = form.cleaned_data
    cancelled, blockers = attempt(
        lambda: actions.cancel_time_out(
            time_out=found,
            scans=asked.scans,
            readings=asked.readings,
            reason=given["reason"],
            seen_whole=given["seen_whole"],
            witness=given["witness"],
            by=person.user,
            at=at,
        )
    )
    if cancelled is None:
        return stopped(request, asked, blockers)
    messages.success(request, _("The time-out was cancelled. The dose needs a new one."))
    return redirect(back)


@granted_to(Role.PHYSIATRIST)
def give_dose(request: HttpRequest, time_out_id: UUID) -> HttpResponse:
    """Record the dose given after its time-out."""
    person, at = person_in(request), present()
    found = _time_out_seen_by(person, time_out_id, page="give_dose", at=at)
    live = opened_at(request, course_chain(found.course_id), has_form=True)
    if dose_of(found) is not None:
        return redirect("cells_left", course_id=found.course_id)
    target = protocol_of(found.material.lot.protocol).target
    if target is None:
        raise Http404("this protocol gives no cells")
    form = DoseForm(
        request.POST or None,
        target=target,
        initial={"volume_ml": found.material.remaining, "guidance": target.guidance[0]},
    )
    blockers = changes_since_opened(request)
    if form.is_valid() and not blockers:
        dose, blockers = attempt(
            lambda: actions.give_dose(
                time_out=found,
                volume_ml=form.cleaned_data["volume_ml"],
                guidance=form.cleaned_data["guidance"],
                treatment_number=treatment_now(found.course),
                by=person.user,
                at=at,
            )
        )
        if dose is not None:
            messages.success(request, _("The dose was recorded."))
            return redirect("cells_left", course_id=found.course_id)
    values = {
        "live": live,
        "form": form,
        "found": blockers,
        "heading": _("Record the dose"),
        "lead": _("%(patient)s, %(level)s, %(side)s")
        % {
            "patient": _name(found.course),
            "level": found.level,
            "side": found.get_side_display(),
        },
        "subject": found.material.lot.din,
        "action": _("Record the dose"),
        "back": reverse("time_out_done", args=[found.pk]),
    }
    return render(request, "custody/form_page.html", values, status=422 if request.POST else 200)


@granted_to(*BEDSIDE, Role.TECHNOLOGIST, Role.QUALITY)
def cells_left(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """What is left of a course's cells, each container to be kept, given or discarded before a witness."""
    person, at = person_in(request), present()
    course = course_seen_by(person, course_id, page="cells_left", at=at)
    values = {
        "course": course,
        "containers": containers_left(course),
        "spots": spots_to_treat(course, treatment_now(course)),
        "zone": course.site.time_zone,
        "may_lead": person.plays(Role.PHYSIATRIST),
    }
    return render(request, "injection/cells_left.html", values)
