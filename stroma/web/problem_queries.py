"""Reads behind the list of problem reports."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import prefetch_related_objects
from django.http import Http404
from django.utils.translation import gettext as _

from stroma.clinic.access import Person
from stroma.clinic.models import Site
from stroma.follow_up.domain.warning_signs import WARNING_SIGNS, is_emergency
from stroma.follow_up.models import ProblemReport
from stroma.follow_up.queries import problems_to_take_up
from stroma.look.paging import Page, page_of
from stroma.patients.access import patient_seen_by

SHOWN = 10


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One report with the words of the signs that were ticked and a way to reach the patient."""

    report: ProblemReport
    signs: Sequence[str]
    is_emergency: bool
    phone: str


def waiting(site: Site, *, page: int = 1) -> Page[ReportRow]:
    """What nobody has taken up: emergencies first, then any warning sign, then the oldest; a page at a time."""

    def urgency(report: ProblemReport) -> tuple[bool, bool, datetime]:
        is_warned = any(sign.code in report.signs for sign in WARNING_SIGNS)
        return not is_emergency(report.signs), not is_warned, report.reported_at

    shown = page_of(sorted(problems_to_take_up(site), key=urgency), page)
    prefetch_related_objects(list(shown.rows), "patient__contacts")
    return Page([_row(report) for report in shown.rows], shown.number, shown.has_more)


def taken_up(site: Site) -> list[ProblemReport]:
    """The reports taken up of late, the newest first."""
    reports = ProblemReport.objects.filter(patient__site=site, taken_up_at__isnull=False)
    return list(reports.select_related("patient", "taken_up_by").order_by("-taken_up_at")[:SHOWN])


def report_seen_by(person: Person, report_id: UUID, *, at: datetime) -> ProblemReport:
    """The report, when the person has a part in its patient. Raises Http404 else."""
    report = ProblemReport.objects.filter(pk=report_id).select_related("patient__site").first()
    if report is None:
        raise Http404("no such report")
    patient_seen_by(person, report.patient_id, page="problem report", at=at)
    return report


def _row(report: ProblemReport) -> ReportRow:
    signs = [_(sign.text) for sign in WARNING_SIGNS if sign.code in report.signs]
    phone = next((c.value for c in report.patient.contacts.all() if c.kind == "phone"), "")
    return ReportRow(report, signs, is_emergency(report.signs), phone)
