"""Controls with their charts, holds, investigations and exceptions."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from stroma.clinic.access import granted_to, person_in, site_in
from stroma.clinic.domain.roles import Role
from stroma.custody.access import lot_seen_by
from stroma.custody.models import Lot
from stroma.ledger.record import present
from stroma.ledger.wording import word
from stroma.look.attempt import attempt
from stroma.look.paging import page_asked, page_of
from stroma.protocols.domain.blocker import Blocker
from stroma.release.actions import controls as control_actions
from stroma.release.actions import investigations as actions
from stroma.release.control_chart import control_figure
from stroma.release.control_queries import (
    control_at,
    controls_at,
    held_lot,
    hold_at,
    lines_of_site,
    open_holds_of,
    runs_of,
    target_of,
)
from stroma.release.domain import decision
from stroma.release.domain.derived import FROM_THE_COUNT
from stroma.release.evidence import evidence_for
from stroma.release.investigation_queries import investigation_at, results_since
from stroma.release.judged import limits_for
from stroma.release.models import InvestigationConclusion, InvestigationStep, ReleaseException, ResultHold
from stroma.release.quality_forms import (
    ConcludeForm,
    ControlForm,
    ExceptionForm,
    ReasonForm,
    RunForm,
    StepForm,
)

LABORATORY = (Role.TECHNOLOGIST, Role.QUALITY)


def _form_page(request: HttpRequest, form: Any, found: list[Blocker], **values: object) -> HttpResponse:
    shown = {"form": form, "found": found} | values
    return render(request, "custody/form_page.html", shown, status=422 if request.POST else 200)


# --- Controls --------------------------------------------------------------------------------------------


@require_GET
@granted_to(*LABORATORY)
def control_list(request: HttpRequest) -> HttpResponse:
    """The controls of the site, those that hold results first."""
    person, site = person_in(request), site_in(request)
    values = {
        "controls": controls_at(site),
        "zone": site.time_zone,
        "is_quality": person.plays(Role.QUALITY),
    }
    return render(request, "release/controls.html", values)


@granted_to(Role.QUALITY)
def open_control(request: HttpRequest) -> HttpResponse:
    """Take a control material into use."""
    person, site, at = person_in(request), site_in(request), present()
    form = ControlForm(request.POST or None, lines=lines_of_site(site))
    found: list[Blocker] = []
    if form.is_valid():
        opened, found = attempt(
            lambda: control_actions.open_control(site=site, **form.cleaned_data, by=person.user, at=at)
        )
        if opened is not None:
            return redirect("control_page", control_id=opened.pk)
    return _form_page(
        request,
        form,
        found,
        back=reverse("control_list"),
        heading=_("Take a control into use"),
        lead=_(
            "Target and spread come from the maker, or are learned from the first runs; the chart says which."
        ),
        action=_("Take it into use"),
    )


@granted_to(*LABORATORY)
def control_page(request: HttpRequest, control_id: UUID) -> HttpResponse:
    """The chart of a control with its runs, what it holds, and the next run."""
    person, at = person_in(request), present()
    material = control_at(person.site, control_id)
    if material is None:
        raise Http404("no such control")
    form = RunForm(request.POST or None)
    found: list[Blocker] = []
    if form.is_valid():
        run, found = attempt(
            lambda: control_actions.run_control(
                material=material,
                value=form.cleaned_data["value"],
                instrument=form.cleaned_data["instrument"],
                by=person.user,
                at=at,
            )
        )
        if run is not None:
            say = messages.error if run.verdict == run.Verdict.FAILED else messages.success
            say(request, _("The run was recorded: %(verdict)s.") % {"verdict": run.get_verdict_display()})
            return redirect("control_page", control_id=material.pk)
    runs, lines = runs_of(material), dict(lines_of_site(material.site))
    holds = page_of(open_holds_of(material), page_asked(request, "holds"))
    values = {
        "covers": [lines.get(code, code) for code in material.codes],
        "material": material,
        "form": form,
        "found": found,
        "runs": runs,
        "holds": [(hold, held_lot(hold), _held_words(hold, lines)) for hold in holds.rows],
        "holds_page": holds,
        "figure": control_figure(material, runs, target_of(material), material.site.time_zone),
        "is_quality": person.plays(Role.QUALITY),
        "zone": material.site.time_zone,
    }
    return render(request, "release/control_page.html", values, status=422 if request.POST else 200)


def _held_words(hold: ResultHold, lines: dict[str, str]) -> str:
    """The line whose result is held, or every line that is computed from the held count."""
    if hold.result is not None:
        return lines.get(hold.result.code, hold.result.code)
    asked = [limit.attribute for limit in limits_for(held_lot(hold)) if limit.code in FROM_THE_COUNT]
    return _("the count, and what is computed from it: %(lines)s") % {"lines": ", ".join(map(word, asked))}


@granted_to(Role.QUALITY)
def lift_result_hold(request: HttpRequest, result_hold_id: UUID) -> HttpResponse:
    """Let a held result count, for a reason."""
    person, at = person_in(request), present()
    hold = hold_at(person.site, result_hold_id)
    if hold is None:
        raise Http404("no such hold")
    lot = lot_seen_by(person, held_lot(hold).pk, page="lift_result_hold", at=at)
    form = ReasonForm(request.POST or None)
    found: list[Blocker] = []
    back = reverse("control_page", args=[hold.run.material_id])
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        lifted, found = attempt(
            lambda: control_actions.lift_result_hold(hold=hold, reason=reason, by=person.user, at=at)
        )
        if lifted is not None:
            messages.success(request, _("What was held counts again."))
            return redirect(back)
    return _form_page(
        request,
        form,
        found,
        subject=lot.din,
        back=back,
        heading=_("Let what is held count"),
        lead=_("A repeated control that passes lifts the hold by itself. Without one, say why it may count."),
        action=_("Lift the hold"),
    )


# --- Out of specification --------------------------------------------------------------------------------


@granted_to(Role.QUALITY)
def open_investigation(request: HttpRequest, lot_id: UUID, code: str) -> HttpResponse:
    """Open the investigation of a line that is computed from the batch record."""
    person, at = person_in(request), present()
    lot = lot_seen_by(person, lot_id, page="open_investigation", at=at)
    found: list[Blocker] = []
    if request.method == "POST":
        opened, found = attempt(lambda: actions.open_investigation(lot=lot, code=code, by=person.user, at=at))
        if opened is not None:
            return redirect("investigation_page", investigation_id=opened.pk)
    values = {
        "form": Form(),
        "found": found,
        "subject": lot.din,
        "back": reverse("lot_page", args=[lot.pk]),
        "heading": _("Open an investigation"),
        "lead": _("The lot is not released while it is open."),
        "action": _("Open the investigation"),
    }
    return render(request, "custody/form_page.html", values, status=422 if found else 200)


@granted_to(*LABORATORY)
def investigation_page(request: HttpRequest, investigation_id: UUID) -> HttpResponse:
    """An investigation: what was written, the results of its line, and the next step."""
    person, at = person_in(request), present()
    investigation = investigation_at(person.site, investigation_id)
    if investigation is None:
        raise Http404("no such investigation")
    investigation.lot = lot_seen_by(person, investigation.lot_id, page="investigation_page", at=at)
    form = StepForm(request.POST or None)
    found: list[Blocker] = []
    if form.is_valid():
        step, found = attempt(
            lambda: actions.write_step(
                investigation=investigation,
                kind=InvestigationStep.Kind(form.cleaned_data["kind"]),
                words=form.cleaned_data["words"],
                by=person.user,
                at=at,
            )
        )
        if step is not None:
            return redirect("investigation_page", investigation_id=investigation.pk)
    steps = list(investigation.steps.select_related("written_by"))
    values = {
        "investigation": investigation,
        "lot": investigation.lot,
        "attribute": _attribute(investigation.lot, investigation.code),
        "steps": steps,
        "is_full": any(step.kind == InvestigationStep.Kind.FULL for step in steps),
        "conclusion": getattr(investigation, "conclusion", None),
        "results": results_since(investigation),
        "form": form,
        "found": found,
        "is_quality": person.plays(Role.QUALITY),
        "zone": investigation.lot.site.time_zone,
    }
    return render(request, "release/investigation_page.html", values, status=422 if request.POST else 200)


def _attribute(lot: Lot, code: str) -> str:
    return next((limit.attribute for limit in limits_for(lot) if limit.code == code), code)


@granted_to(Role.QUALITY)
def conclude_investigation(request: HttpRequest, investigation_id: UUID) -> HttpResponse:
    """Conclude an investigation."""
    person, at = person_in(request), present()
    investigation = investigation_at(person.site, investigation_id)
    if investigation is None:
        raise Http404("no such investigation")
    lot = lot_seen_by(person, investigation.lot_id, page="conclude_investigation", at=at)
    form = ConcludeForm(request.POST or None)
    found: list[Blocker] = []
    back = reverse("investigation_page", args=[investigation.pk])
    if form.is_valid():
        concluded, found = attempt(
            lambda: actions.conclude_investigation(
                investigation=investigation,
                outcome=InvestigationConclusion.Outcome(form.cleaned_data["outcome"]),
                words=form.cleaned_data["words"],
                by=person.user,
                at=at,
            )
        )
        if concluded is not None:
            messages.success(request, _("The investigation is concluded."))
            return redirect(back)
    return _form_page(
        request,
        form,
        found,
        subject=lot.din,
        back=back,
        heading=_("Conclude the investigation"),
        lead=_(
            "The first result stays in the record whatever you conclude. Only an error that was found makes it invalid."
        ),
        action=_("Conclude"),
    )


@granted_to(Role.PHYSIATRIST)
def ask_exception(request: HttpRequest, lot_id: UUID) -> HttpResponse:
    """Ask that a lot be given although it does not meet its specification, having told the patient."""
    person, at = person_in(request), present()
    lot = lot_seen_by(person, lot_id, page="ask_exception", at=at)
    evidence = evidence_for(lot, at=at)
    wanted = decision.unexcepted(decision.release_blockers(evidence, at=at), evidence)
    codes = sorted({one.code for one in wanted} | evidence.excepted)
    form = ExceptionForm(request.POST or None)
    found: list[Blocker] = wanted if not request.POST else []
    if form.is_valid():
        asked, found = attempt(
            lambda: actions.ask_exception(
                lot=lot,
                codes=codes,
                reason=form.cleaned_data["reason"],
                means=ReleaseException.Means(form.cleaned_data["means"]),
                by=person.user,
                at=at,
            )
        )
        if asked is not None:
            messages.success(request, _("The exception is part of the certificate now. Two people sign it."))
            return redirect("certificate", lot_id=lot.pk)
    return _form_page(
        request,
        form,
        found,
        subject=lot.din,
        back=reverse("certificate", args=[lot.pk]),
        heading=_("Ask for an exception"),
        lead=evidence.exception_basis or _("The protocol names nothing under which this lot may be given."),
        action=_("Ask for the exception"),
    )
