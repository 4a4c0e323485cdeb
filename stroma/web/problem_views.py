"""What patients reported as wrong: the list for those who care for them, emergencies first, and taking one up."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from stroma.clinic.access import granted_to, person_in, site_in
from stroma.clinic.domain.roles import CARERS
from stroma.clinic.live import opened_at
from stroma.follow_up.actions import take_up_problem
from stroma.follow_up.harm_views import REPORTERS
from stroma.ledger.domain.entry import site_chain
from stroma.ledger.record import present
from stroma.look.attempt import attempt
from stroma.look.paging import page_asked
from stroma.look.refusals import REFUSED
from stroma.patients.access import note_found
from stroma.protocols.domain.blocker import Blocker
from stroma.web import problem_queries


@granted_to(*CARERS)
def problems(request: HttpRequest) -> HttpResponse:
    """The reports nobody has taken up, and those taken up of late."""
    return _page(request, found=[])


@require_POST
@granted_to(*CARERS)
def take_up(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Take a report up. When somebody was quicker, the page says who and when."""
    person, at = person_in(request), present()
    report = problem_queries.report_seen_by(person, report_id, at=at)
    done, found = attempt(lambda: take_up_problem(report=report, by=person.user, at=at))
    if done is None:
        return _page(request, found=found)
    messages.success(
        request, _("The report is yours. Call the patient and write down what you judge it to be.")
    )
    return redirect("patient_page", done.patient_id)


def _page(request: HttpRequest, *, found: list[Blocker]) -> HttpResponse:
    person, site, at = person_in(request), site_in(request), present()
    live = opened_at(request, site_chain(site.id))
    waiting = problem_queries.waiting(site, page=page_asked(request, "waiting"))
    note_found(person, {row.report.patient for row in waiting.rows}, page="problem reports", at=at)
    context = {
        "live": live,
        "site": site,
        "waiting": waiting.rows,
        "waiting_page": waiting,
        "taken_up": problem_queries.taken_up(site),
        "found": found,
        "may_report": person.plays(*REPORTERS),
    }
    return render(request, "web/problems.html", context, status=REFUSED if found else 200)
