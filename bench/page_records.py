"""Whom the pages are asked as, and for which records: a sample of what lies in the database, each role's own site."""

from collections.abc import Callable, Iterable
from itertools import product
from random import Random
from typing import Any, cast

from django.db.models import QuerySet

from stroma.candidacy.models import Assessment, Decision
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import (
    AdoptedProtocol,
    AttemptReport,
    Badge,
    Competence,
    LinkRequest,
    Place,
    RoleAssignment,
    Site,
    User,
)
from stroma.courses.models import Course
from stroma.custody.container_views import ACTS
from stroma.custody.models import (
    ContainerHold,
    Donor,
    HandOver,
    Label,
    Lot,
    Material,
    Scan,
    ScanPhoto,
    Shipment,
    StorageUnit,
)
from stroma.follow_up.links import link_token
from stroma.follow_up.models import ProblemReport, QuestionnaireDue
from stroma.injection.models import TimeOut
from stroma.patients.models import Patient
from stroma.planning.calendar_models import Absence
from stroma.planning.domain.kinds import EQUIPMENT, ROOMS
from stroma.planning.models import Consultation, Resource, Visit
from stroma.planning.replan_models import Replan
from stroma.processing.models import (
    Batch,
    BatchStep,
    CellCount,
    Equipment,
    ReagentLot,
    StepPhoto,
    StepValue,
)
from stroma.processing.queries import STEP_PURPOSE
from stroma.release.cytometry.gates import gate_set_from
from stroma.release.late_queries import tasks_of
from stroma.release.models import (
    AssayResult,
    ControlMaterial,
    CytometryReading,
    FailureNotice,
    Investigation,
    LatePositive,
    Rejection,
    Release,
    ResultHold,
    StainReading,
)

_RECORDS: dict[str, tuple[type[Any], str, str | None]] = {
    "absence_id": (Absence, "site", None),
    "assessment_id": (Assessment, "patient__site", "patient"),
    "attempt_id": (AttemptReport, "site", None),
    "badge_id": (Badge, "site", None),
    "batch_id": (Batch, "lot__site", "lot__course__patient"),
    "case_id": (LatePositive, "lot__site", "lot__course__patient"),
    "competence_id": (Competence, "site", None),
    "container_id": (Material, "lot__site", "lot__course__patient"),
    "control_id": (ControlMaterial, "site", None),
    "course_id": (Course, "site", "patient"),
    "decision_id": (Decision, "assessment__patient__site", "assessment__patient"),
    "donor_id": (Donor, "site", None),
    "due_id": (QuestionnaireDue, "course__site", "course__patient"),
    "equipment_id": (Equipment, "site", None),
    "hand_over_id": (HandOver, "material__lot__site", "material__lot__course__patient"),
    "hold_id": (ContainerHold, "material__lot__site", "material__lot__course__patient"),
    "investigation_id": (Investigation, "lot__site", "lot__course__patient"),
    "label_id": (Label, "material__lot__site", "material__lot__course__patient"),
    "link_id": (LinkRequest, "site", None),
    "lot_id": (Lot, "site", "course__patient"),
    "notice_id": (FailureNotice, "rejection__lot__site", "rejection__lot__course__patient"),
    "patient_id": (Patient, "site", "id"),
    "person_uuid": (User, "role_assignments__site", None),
    "place_id": (Place, "site", None),
    "reading_id": (CytometryReading, "lot__site", "lot__course__patient"),
    "reagent_id": (ReagentLot, "site", None),
    "rejection_id": (Rejection, "lot__site", "lot__course__patient"),
    "replan_id": (Replan, "site", None),
    "report_id": (ProblemReport, "patient__site", "patient"),
    "resource_id": (Resource, "site", None),
    "result_hold_id": (ResultHold, "result__lot__site", "result__lot__course__patient"),
    "result_id": (AssayResult, "lot__site", "lot__course__patient"),
    "scan_id": (Scan, "site", "material__lot__course__patient"),
    "scan_photo_id": (ScanPhoto, "site", "readings__scan__material__lot__course__patient"),
    "shipment_id": (Shipment, "from_place__site", None),
    "stain_id": (StainReading, "lot__site", "lot__course__patient"),
    "time_out_id": (TimeOut, "course__site", "course__patient"),
    "unit_id": (StorageUnit, "site", None),
    "visit_id": (Visit, "site", "course__patient"),
}
"""What an address asks for: the table, and the way from there to the site and to the patient."""

_LOOKED_AT = 400
"""Records are drawn from so many of a site, spread over the table by their meaningless identifiers."""


def people() -> dict[Role, User]:
    """Somebody of every role, at the first site where there is one; a patient with a course, so that pages are full."""
    found: dict[Role, User] = {}
    held = (
        RoleAssignment.objects.filter(active_to=None).select_related("user").order_by("site__opened_at", "id")
    )
    for assignment in held:
        found.setdefault(Role(assignment.role), assignment.user)
    course = (
        Course.objects.exclude(patient__user=None)
        .select_related("patient__user")
        .order_by("opened_at")
        .first()
    )
    if course is not None and course.patient.user is not None:
        found[Role.PATIENT] = course.patient.user
    return found


ENDINGS: dict[str, tuple[str, ...]] = {
    "find": ("?q=P0000007", "?q=garcia", "?q=a", "?q=C26", ""),
    "self_check_questions": ("?step=1",),
}
"""What follows the address where a page answers a question: each is asked in turn."""


def arguments_for(
    names: Iterable[str], user: User | None, number: int, random: Random
) -> list[dict[str, Any]]:
    """Up to ``number`` sets of arguments for an address; one empty set where it takes none."""
    wanted = frozenset(names)
    site = Site.objects.filter(role_assignments__user=user).order_by("opened_at").first() if user else None
    if wanted in _TOGETHER:
        first, second = sorted(wanted)
        return [{first: one, second: other} for one, other in _TOGETHER[wanted](site)[:number]]
    if wanted == {"case_id", "task", "recipient"}:
        return _late_tasks(site, number)
    drawn = {name: _values(name, user, site, number, random) for name in sorted(wanted)}
    if len(drawn) > 1:
        sets = [dict(zip(drawn, values, strict=True)) for values in product(*drawn.values())]
        return random.sample(sets, min(number, len(sets)))
    return [{name: value} for name, values in drawn.items() for value in values] if drawn else [{}]


def _scanned_steps(site: Site | None) -> QuerySet[Any, tuple[Any, ...]]:
    """Scans that chose the container of a batch's step."""
    scans = Scan.objects.filter(
        site=site, is_go=True, purpose=STEP_PURPOSE, material__lot__batch__isnull=False
    )
    return scans.values_list("material__lot__batch", "pk")


def _of_batches(site: Site | None, model: type[Any], *fields: str) -> QuerySet[Any, tuple[Any, ...]]:
    way = "batch" if model is BatchStep else "step__batch"
    names = [way if field == "batch" else field for field in fields]
    rows = model.objects.filter(**{f"{way}__lot__site": site})
    return cast(QuerySet[Any, tuple[Any, ...]], rows.values_list(*names))


def _gates_that_move(site: Site | None) -> list[tuple[int, Any]]:
    """Gates that a reviewer may move, by their number, of the newest reading of each file."""
    rows = CytometryReading.objects.filter(lot__site=site, followed_by=None)
    return [
        (number, row.pk)
        for row in rows
        for number, gate in enumerate(gate_set_from(row.gate_set).gates, start=1)
        if gate.kind in {"range", "ratio"}
    ]


_TOGETHER: dict[frozenset[str], Callable[[Site | None], Any]] = {
    frozenset({"batch_id", "scan_id"}): _scanned_steps,
    frozenset({"batch_id", "value_id"}): lambda site: _of_batches(site, StepValue, "batch", "pk"),
    frozenset({"batch_id", "count_id"}): lambda site: _of_batches(site, CellCount, "batch", "pk"),
    frozenset({"batch_id", "step_id"}): lambda site: _of_batches(site, BatchStep, "batch", "pk"),
    frozenset({"batch_id", "photo_id"}): lambda site: _of_batches(site, StepPhoto, "batch", "pk"),
    frozenset({"reading_id", "number"}): _gates_that_move,
}
"""Arguments that belong together, in the order of their names."""


def _late_tasks(site: Site | None, number: int) -> list[dict[str, Any]]:
    return [
        {"case_id": case.pk, "task": task.code, "recipient": task.recipient or "lot"}
        for case in LatePositive.objects.filter(lot__site=site)[:number]
        for task in tasks_of(case)
    ][:number]


def _values(name: str, user: User | None, site: Site | None, number: int, random: Random) -> list[Any]:
    if name in _RECORDS:
        model, to_site, to_patient = _RECORDS[name]
        rows: QuerySet[Any] = model.objects.filter(**{to_site: site})
        own = Patient.objects.filter(user=user).first() if user else None
        if own is not None and to_patient is not None:
            rows = rows.filter(**{to_patient: own.id})
        field = "uuid" if model is User else "pk"
        keys = list(rows.order_by(field).values_list(field, flat=True).distinct()[:_LOOKED_AT])
        return random.sample(keys, min(number, len(keys)))
    if name == "certificate_digest":
        return list(Release.objects.filter(lot__site=site).values_list(name, flat=True)[:number])
    others = {
        "area": lambda: ["patients", "laboratory"],
        "kind": lambda: sorted(ROOMS | EQUIPMENT),
        "protocol_id": lambda: list(
            AdoptedProtocol.objects.filter(site=site).values_list("protocol_id", flat=True)
        ),
        "act": lambda: list(ACTS),
        "answer": lambda: ["yes"],
        "code": lambda: ["sterility_final"],
        "stain_code": lambda: ["differentiation_bone"],
        "study": lambda: ["levi_2025"],
        "token": lambda: [link_token(due) for due in QuestionnaireDue.objects.filter(answers=None)[:number]],
        "key": lambda: list(Consultation.objects.values_list("key", flat=True)[:number]),
        "step": lambda: ["scan"],
        "which": lambda: ["induced"],
    }
    return others[name]()
