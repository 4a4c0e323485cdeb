"""The page of a lot: its line, containers, results, labels and refused scans, and what to do with it now."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from stroma.clinic.access import granted_to, person_in
from stroma.clinic.domain.roles import Role
from stroma.clinic.live import opened_at
from stroma.custody.access import lot_seen_by
from stroma.custody.models import Label, Material
from stroma.custody.queries import containers_of, disposition_of, parts_of, refused_scans
from stroma.ledger.domain.entry import lot_chain
from stroma.ledger.record import present
from stroma.look.formats import span_text
from stroma.processing.queries import batch_of
from stroma.processing.record_queries import review_of
from stroma.processing.review_shown import accepting
from stroma.release.investigation_queries import investigations_of, named_lines, uninvestigated
from stroma.release.judged import judgements_for, limits_for
from stroma.release.lot_line import lot_line
from stroma.release.shown import judged_lines, standing_words
from stroma.release.stain_readings import stained_so_far
from stroma.release.standing import failure_of, last_release_of, readings_of


@granted_to(Role.TECHNOLOGIST, Role.QUALITY, Role.PHYSIATRIST, Role.NURSE)
def lot_page(request: HttpRequest, lot_id: UUID) -> HttpResponse:
    """Everything about one lot, and what may be done with it by whom."""
    person, at, live = (
        person_in(request),
        present(),
        opened_at(request, lot_chain(lot_id)),
    )
    lot = lot_seen_by(person, lot_id, page="lot_page", at=at)
    containers = [
        {
            "material": one,
            "from": ", ".join(sorted(drawn.parent.division for drawn in one.parents.all())),
            "label": next((x for x in one.labels.all() if x.state == Label.State.APPLIED), None),
            "millions": f"{one.viable_cells / 1_000_000:.2f}\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}10⁶"
            if one.viable_cells is not None
            else "",
            "left": span_text(one.expires_at - at) if one.expires_at and one.expires_at > at else "",
            "is_expired": one.expires_at is not None and one.expires_at <= at,
            "may_divide": lot.state == "RELEASED"
            and one.kind == Material.Kind.STORED
            and one.state == "HELD"
            and person.plays(Role.TECHNOLOGIST, Role.QUALITY),
        }
        for one in containers_of(lot)
    ]
    batch, last_release, failure = batch_of(lot), last_release_of(lot), failure_of(lot)
    judgements, investigations = judgements_for(lot), investigations_of(lot)
    values = {
        "live": live,
        "lot": lot,
        "line": lot_line(lot, batch, last_release, failure),
        "containers": containers,
        "results": judged_lines(judgements),
        "readings": readings_of(lot),
        "characterization": stained_so_far(lot),
        "investigations": named_lines(lot.site, investigations),
        "uninvestigated": uninvestigated(judgements, investigations),
        "asks_cytometry": any(limit.code.startswith("id_") for limit in limits_for(lot)),
        "scans": [
            (scan, ", ".join(code.replace("_", " ") for code in scan.blockers)) for scan in refused_scans(lot)
        ],
        "parts": parts_of(lot),
        "batch": batch,
        "review": review_of(batch) if batch and lot.state != "IN_PROCESS" else None,
        "released": None if lot.state == "QUARANTINE" else last_release,
        "standing": standing_words(lot, last_release, judgements),
        "failure": failure,
        "disposition": disposition_of(lot),
        "zone": lot.site.time_zone,
        "at": at,
        "is_technologist": person.plays(Role.TECHNOLOGIST),
        "is_quality": person.plays(Role.QUALITY),
        "is_physiatrist": person.plays(Role.PHYSIATRIST),
        "may_enter": person.plays(Role.TECHNOLOGIST, Role.QUALITY) and lot.state != "REJECTED",
        "may_sign": person.plays(Role.PHYSIATRIST, Role.QUALITY, Role.TECHNOLOGIST),
        "gives_next": lot.state == "RELEASED" and lot.course is not None,
    } | accepting(lot, person, "lot_page")
    return render(request, "release/lot_page.html", values)
