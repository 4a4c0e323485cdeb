"""Hand-overs by scan, dividing, discarding, and what becomes of cells that will not be given."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from stroma.clinic.access import granted_to, person_in
from stroma.clinic.domain.roles import Role
from stroma.clinic.live import changes_since_opened, opened_at
from stroma.clinic.models import Place, User
from stroma.clinic.queries import places_of
from stroma.clinic.signing import counting_tries
from stroma.custody import actions
from stroma.custody.access import container_seen_by, hand_over_seen_by, lot_seen_by
from stroma.custody.domain.hand_over import goes_to_patient
from stroma.custody.forms import DiscardForm, DispositionForm, DivideForm
from stroma.custody.keeping_forms import ReasonForm
from stroma.custody.models import Disposition, Material
from stroma.custody.queries import is_labeled, simulated_scans, simulated_wristbands
from stroma.custody.scan_pages import StopWrong, ask_for_scans, badge_wanted, container_text, stopped
from stroma.custody.scanning import Wanted, when_shown
from stroma.ledger.domain.entry import lot_chain
from stroma.ledger.record import is_simulated, present
from stroma.look.attempt import attempt
from stroma.look.formats import amount_text
from stroma.protocols.domain.blocker import Blocker

HANDLERS = (Role.TECHNOLOGIST, Role.QUALITY, Role.NURSE, Role.PHYSIATRIST)
LABORATORY = (Role.TECHNOLOGIST, Role.QUALITY)


def _uuid(text: str | None) -> UUID:
    try:
        return UUID(text or "")
    except ValueError:
        raise Http404("no such thing") from None


# --- Hand-over -----------------------------------------------------------------------------------------


@granted_to(*HANDLERS)
def hand_over(request: HttpRequest, container_id: UUID) -> HttpResponse:
    """Take a container to another place: scan its label, the place, a patient's wristband, and one's own badge."""
    person, at = person_in(request), present()
    material = container_seen_by(person, container_id, page="hand_over", at=at)
    lot_href = reverse("lot_page", args=[material.lot_id])
    chosen = request.GET.get("to")
    if not chosen:
        places = places_of(material.lot.site).exclude(pk=material.place_id)
        values = {
            "material": material,
            "places": places,
            "is_labeled": is_labeled(material),
            "back": lot_href,
        }
        return render(request, "custody/choose_place.html", values)
    to_place = places_of(material.lot.site).filter(pk=_uuid(chosen)).first()
    if to_place is None:
        raise Http404("no such place at this site")
    to_patient = goes_to_patient(
        is_finished=material.kind == Material.Kind.DOSE,
        is_treatment_room=to_place.kind == Place.Kind.PROCEDURE_ROOM,
    )
    wanted = _hand_over_scans(material, to_place, to_patient=to_patient, receiver=person.user)
    live = opened_at(request, lot_chain(material.lot_id), has_form=True)
    page = {
        "live": live,
        "task": _("Take it to %(place)s") % {"place": to_place.name},
        "subject": material.lot.din,
        "back": lot_href,
        "typed_query": f"to={to_place.pk}&typed=1",
        "stop": _("This container stays where it is."),
    }
    stop_wrong = _stops_hand_over(material, to_place, to_patient=to_patient, by=person.user, at=at)
    stale = changes_since_opened(request)
    asked = ask_for_scans(request, wanted, page=page, stop_wrong=stop_wrong, stale=stale)
    if isinstance(asked, HttpResponse):
        return asked
    handed, found = attempt(
        lambda: actions.hand_over(
            material=material,
            to_place=to_place,
            scans=asked.scans,
            readings=asked.readings,
            to_patient=to_patient,
            by=person.user,
            at=at,
        )
    )
    if handed is None:
        return stopped(request, asked, found)
    return redirect("handed_over", hand_over_id=handed.pk)


def _stops_hand_over(
    material: Material, to_place: Place, *, to_patient: bool, by: User, at: datetime
) -> StopWrong:
    return lambda scans, readings: actions.stop_wrong_hand_over(
        material=material,
        to_place=to_place,
        scans=scans,
        readings=readings,
        to_patient=to_patient,
        by=by,
        at=at,
    )


def _hand_over_scans(
    material: Material, to_place: Place, *, to_patient: bool, receiver: User
) -> Sequence[Wanted]:
    container = Wanted(
        "container",
        _("Scan the label of the container"),
        _("Container %(division)s of") % {"division": material.division},
        when_shown(partial(simulated_scans, material)),
        container_text(material.lot.din, material.division),
    )
    place = Wanted(
        "place",
        _("Scan the place"),
        _("The code at %(place)s") % {"place": to_place.name},
        [(to_place.name, to_place.code)] if is_simulated() else [],
        to_place.code,
    )
    course = material.lot.course
    wristband = Wanted(
        "wristband",
        _("Scan the patient's wristband"),
        _("Ask for the name and the birth date; then scan."),
        when_shown(partial(simulated_wristbands, course)),
        course.patient.record_number if course else "",
    )
    scans = (container, place, wristband) if to_patient else (container, place)
    return (*scans, *badge_wanted(receiver, material.lot.site))


@granted_to(*HANDLERS)
def handed_over(request: HttpRequest, hand_over_id: UUID) -> HttpResponse:
    """GO: the container is where it should be."""
    handed = hand_over_seen_by(person_in(request), hand_over_id, page="handed_over", at=present())
    values = {
        "handed": handed,
        "may_undo": True,
        "subject": "",
        "on": reverse("lot_page", args=[handed.material.lot_id]),
        "action": _("Go on"),
    }
    return render(request, "custody/handed_over.html", values)


@granted_to(*HANDLERS)
def undo_hand_over(request: HttpRequest, hand_over_id: UUID) -> HttpResponse:
    """Take a hand-over back: say why, then scan the container and the place that it came from."""
    person, at = person_in(request), present()
    handed = hand_over_seen_by(person, hand_over_id, page="undo_hand_over", at=at)
    live = opened_at(request, lot_chain(handed.material.lot_id), has_form=True)
    back = reverse("container_page", args=[handed.material_id])
    form = ReasonForm(request.POST or None)
    if not form.is_valid():
        values = {
            "live": live,
            "form": form,
            "found": [],
            "heading": _("Take a hand-over back"),
            "lead": _("Bring container %(division)s back to %(place)s. It is of")
            % {"division": handed.material.division, "place": handed.from_place.name},
            "subject": handed.material.lot.din,
            "action": _("Scan the container"),
            "kind": "stop",
            "back": back,
        }
        return render(request, "custody/form_page.html", values, status=422 if request.POST else 200)
    page = {
        "live": live,
        "task": _("Take a hand-over back"),
        "subject": handed.material.lot.din,
        "back": back,
        "stop": _("The hand-over was not taken back."),
    }
    wanted = _hand_over_scans(handed.material, handed.from_place, to_patient=False, receiver=person.user)
    asked = ask_for_scans(
        request,
        wanted,
        page=page,
        stop_wrong=_stops_hand_over(
            handed.material, handed.from_place, to_patient=False, by=person.user, at=at
        ),
        kept=["reason"],
        stale=changes_since_opened(request),
    )
    if isinstance(asked, HttpResponse):
        return asked
    done, found = attempt(
        lambda: actions.undo_hand_over(
            handed=handed,
            scans=asked.scans,
            readings=asked.readings,
            reason=form.cleaned_data["reason"],
            by=person.user,
            at=at,
        )
    )
    if done is None:
        return stopped(request, asked, found)
    messages.success(request, _("The hand-over was taken back. Both stay on record."))
    return redirect(back)


# --- Dividing, discarding, deciding --------------------------------------------------------------------


@granted_to(*HANDLERS)
def discard_container(request: HttpRequest, container_id: UUID) -> HttpResponse:
    """Destroy what is left in a container, before a witness."""
    person, at = person_in(request), present()
    material = container_seen_by(person, container_id, page="discard_container", at=at)
    lot_href = reverse("lot_page", args=[material.lot_id])
    form = DiscardForm(request.POST or None, lot=material.lot, by=person.user, at=at)
    found: list[Blocker] = []
    if form.is_valid():
        witness = form.cleaned_data["witness"]
        act = partial(
            actions.discard,
            material=material,
            witness=witness,
            credential=form.credential(),
            reason=form.cleaned_data["reason"],
            by=person.user,
            at=at,
        )
        done, found = attempt(lambda: counting_tries(request, witness, act))
        if done is not None:
            messages.success(request, _("What was left was discarded before a witness."))
            return redirect(lot_href)
    values = {
        "form": form,
        "found": found,
        "heading": _("Discard what is left"),
        "lead": _("Container %(division)s, %(amount)s %(unit)s of")
        % {
            "division": material.division,
            "amount": amount_text(material.remaining),
            "unit": material.unit,
        },
        "subject": material.lot.din,
        "action": _("Discard it"),
        "kind": "stop",
        "back": lot_href,
    }
    return render(request, "custody/form_page.html", values, status=422 if request.POST else 200)


@granted_to(Role.PHYSIATRIST, Role.QUALITY)
def lot_disposition(request: HttpRequest, lot_id: UUID) -> HttpResponse:
    """Decide what becomes of a lot that will not be given."""
    person, at = person_in(request), present()
    lot = lot_seen_by(person, lot_id, page="lot_disposition", at=at)
    lot_href = reverse("lot_page", args=[lot.pk])
    form = DispositionForm(request.POST or None)
    found: list[Blocker] = []
    if form.is_valid():
        done, found = attempt(
            lambda: actions.decide_disposition(
                lot=lot,
                kind=Disposition.Kind(form.cleaned_data["kind"]),
                reason=form.cleaned_data["reason"],
                by=person.user,
                at=at,
            )
        )
        if done is not None:
            messages.success(request, _("It was decided what becomes of this lot."))
            return redirect(lot_href)
    values = {
        "form": form,
        "found": found,
        "heading": _("Decide what becomes of these cells"),
        "lead": _("This also rejects the lot: nothing of it can be given any more."),
        "subject": lot.din,
        "action": _("Decide"),
        "kind": "stop",
        "back": lot_href,
    }
    return render(request, "custody/form_page.html", values, status=422 if request.POST else 200)


@granted_to(*LABORATORY)
def divide_container(request: HttpRequest, container_id: UUID) -> HttpResponse:
    """Set a part of a released lot aside for one course; the part is a lot of its own, to be thawed."""
    person, at = person_in(request), present()
    material = container_seen_by(person, container_id, page="divide_container", at=at)
    form = DivideForm(request.POST or None, material=material, initial={"amount": material.remaining})
    found: list[Blocker] = []
    if form.is_valid():
        part, found = attempt(
            lambda: actions.divide_for_course(
                material=material,
                amount=form.cleaned_data["amount"],
                course=form.cleaned_data["course"],
                place=form.cleaned_data["place"],
                expires_at=material.expires_at,
                by=person.user,
                at=at,
            )
        )
        if part is not None:
            messages.success(request, _("A part was set aside. Begin its batch record and thaw it."))
            return redirect("lot_page", lot_id=part.lot_id)
    values = {
        "form": form,
        "found": found,
        "heading": _("Set a part aside for a course"),
        "lead": _("Container %(division)s of") % {"division": material.division},
        "subject": material.lot.din,
        "action": _("Set it aside"),
        "back": reverse("lot_page", args=[material.lot_id]),
    }
    return render(request, "custody/form_page.html", values, status=422 if request.POST else 200)
