"""Wrong tries at accounts: the reports of a site, and clearing one."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from stroma.clinic.access import granted_to, person_in, site_in
from stroma.clinic.actions.attempts import KEEPERS
from stroma.clinic.actions.attempts import clear_attempts as clear_them
from stroma.clinic.attempt_reports import all_reports, report_at
from stroma.clinic.training_forms import WhyForm
from stroma.ledger.record import present
from stroma.look.attempt import attempt
from stroma.look.paging import page_asked, page_of
from stroma.look.refusals import REFUSED


@require_GET
@granted_to(*KEEPERS)
def attempts(request: HttpRequest) -> HttpResponse:
    """Every report of wrong tries at this site, the newest first."""
    site = site_in(request)
    listed = page_of(all_reports(site), page_asked(request, "reports"))
    return render(request, "clinic/attempts.html", {"site": site, "reports": listed})


@require_http_methods(["GET", "POST"])
@granted_to(*KEEPERS)
def clear_attempts(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    """Say what the wrong tries were."""
    person = person_in(request)
    report = report_at(person.site, attempt_id)
    if report is None:
        raise Http404("no such report")
    form = WhyForm(request.POST or None)
    form.fields["reason"].label = _("What was it, and what did you do?")
    found: object = None
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        done, found = attempt(lambda: clear_them(report=report, reason=reason, by=person.user, at=present()))
        if done is not None:
            messages.success(request, _("The report is cleared; it stays in the list."))
            return redirect("attempts")
    values = {"report": report, "form": form, "found": found, "site": person.site}
    status = REFUSED if request.method == "POST" else 200
    return render(request, "clinic/clear_attempts.html", values, status=status)
