"""Training: who of the staff is competent in what, one person's records, and for what the site asks them."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from stroma.clinic.access import granted_to, person_in, site_in
from stroma.clinic.actions import competence as actions
from stroma.clinic.actions.competence import KEEPERS
from stroma.clinic.competence_queries import TrainedPerson, competence_at, rules_of, training_table
from stroma.clinic.domain.competence import ASKABLE
from stroma.clinic.models import Site
from stroma.clinic.training_forms import TrainingForm, WhyForm
from stroma.ledger.record import present
from stroma.look.attempt import attempt
from stroma.look.refusals import REFUSED


def _trained(site: Site, person_uuid: UUID) -> TrainedPerson:
    row = next((one for one in training_table(site, at=present()) if one.user.uuid == person_uuid), None)
    if row is None:
        raise Http404("nobody of that name works here")
    return row


@require_GET
@granted_to(*KEEPERS)
def training(request: HttpRequest) -> HttpResponse:
    """Everybody of the staff and until when they are trained for what."""
    return _table(request)


@require_POST
@granted_to(*KEEPERS)
def ask_for_training(request: HttpRequest) -> HttpResponse:
    """Begin, or stop, to ask for current training in a skill."""
    site, user = site_in(request), person_in(request).user
    form = WhyForm(request.POST)
    skill = next((one for one in ASKABLE if one.value == request.POST.get("skill")), None)
    if skill is None or not form.is_valid():
        return _table(request, form=form, chosen=skill.value if skill else "")
    rule, found = attempt(
        lambda: actions.ask_for_training(
            site=site,
            skill=skill,
            is_needed=request.POST.get("is_needed") == "yes",
            reason=form.cleaned_data["reason"],
            by=user,
            at=present(),
        )
    )
    if rule is None:
        return _table(request, found=found, form=form, chosen=skill.value)
    messages.success(
        request,
        _("Current training is asked for from now on.")
        if rule.is_needed
        else _("Training is not asked for any more."),
    )
    return redirect("training")


@require_http_methods(["GET", "POST"])
@granted_to(*KEEPERS)
def person_training(request: HttpRequest, person_uuid: UUID) -> HttpResponse:
    """One person's records of training, and a new one."""
    site, user = site_in(request), person_in(request).user
    row = _trained(site, person_uuid)
    form = TrainingForm(request.POST or None)
    if request.method == "GET" or not form.is_valid():
        return _page(request, row, form=form, is_refused=request.method == "POST")
    trained_at, valid_until = form.span(site.time_zone)
    kept, found = attempt(
        lambda: actions.record_training(
            site=site,
            person=row.user,
            skill=form.chosen_skill(),
            procedure=form.cleaned_data["procedure"],
            trained_by=form.cleaned_data["trained_by"],
            trained_at=trained_at,
            valid_until=valid_until,
            by=user,
            at=present(),
        ),
        form,
    )
    if kept is None:
        return _page(request, row, form=form, found=found, is_refused=True)
    messages.success(request, _("The training of %(name)s is on record.") % {"name": row.user.name})
    return redirect("person_training", person_uuid=person_uuid)


@require_http_methods(["GET", "POST"])
@granted_to(*KEEPERS)
def withdraw_training(request: HttpRequest, competence_id: UUID) -> HttpResponse:
    """Let a record of training count no more."""
    site, user = site_in(request), person_in(request).user
    competence = competence_at(site, competence_id)
    if competence is None:
        raise Http404("no such training")
    form = WhyForm(request.POST or None)
    found: Any = None
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        done, found = attempt(
            lambda: actions.withdraw_training(competence=competence, reason=reason, by=user, at=present())
        )
        if done is not None:
            messages.success(request, _("This training counts no more."))
            return redirect("person_training", person_uuid=competence.person.uuid)
    values = {"competence": competence, "form": form, "found": found, "site": site}
    status = REFUSED if request.method == "POST" else 200
    return render(request, "clinic/withdraw_training.html", values, status=status)


def _table(
    request: HttpRequest, *, found: object = None, form: WhyForm | None = None, chosen: str = ""
) -> HttpResponse:
    site, at = site_in(request), present()
    values = {
        "site": site,
        "people": training_table(site, at=at),
        "rules": rules_of(site, at=at),
        "found": found,
        "form": form or WhyForm(),
        "chosen": chosen,
    }
    return render(request, "clinic/training.html", values, status=REFUSED if form else 200)


def _page(
    request: HttpRequest,
    row: TrainedPerson,
    *,
    form: TrainingForm,
    found: object = None,
    is_refused: bool = False,
) -> HttpResponse:
    is_oneself = person_in(request).user == row.user
    values = {"row": row, "site": site_in(request), "form": form, "found": found, "is_oneself": is_oneself}
    return render(request, "clinic/person_training.html", values, status=REFUSED if is_refused else 200)
