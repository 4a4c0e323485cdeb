"""The record of one result, and the file that its instrument wrote."""

from pathlib import PurePath
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from stroma.clinic.access import granted_to, person_in
from stroma.clinic.domain.roles import Role
from stroma.custody.access import lot_seen_by
from stroma.ledger.record import present
from stroma.release.assay_words import CANNOT_TELL
from stroma.release.domain.assays import kind_of
from stroma.release.handed_in import HandedIn
from stroma.release.judged import limits_for
from stroma.release.result_queries import earlier_results, result_at
from stroma.release.stain_readings import characterization_named, reading_of

READERS = (Role.PHYSIATRIST, Role.QUALITY, Role.TECHNOLOGIST)


def handed_in(upload: "UploadedFile[bytes] | None") -> HandedIn | None:
    """The file as it came, under the last part of its name."""
    if upload is None:
        return None
    return HandedIn(PurePath(upload.name or "file").name[:200], upload.read())


@require_GET
@granted_to(*READERS)
def result_page(request: HttpRequest, result_id: UUID) -> HttpResponse:
    """How one result was measured, what it cannot tell, and every other result of its line."""
    person, at = person_in(request), present()
    result = result_at(person.site, result_id)
    if result is None:
        raise Http404("no such result")
    lot = lot_seen_by(person, result.lot_id, page="result_page", at=at)
    limit = next((limit for limit in limits_for(lot) if limit.code == result.code), None)
    values = {
        "result": result,
        "lot": lot,
        "limit": limit or characterization_named(lot, result.code),
        "stain": reading_of(result),
        "cannot_tell": CANNOT_TELL.get(kind_of(result.code), ""),
        "others": earlier_results(result),
        "zone": lot.site.time_zone,
    }
    return render(request, "release/result_page.html", values)


@require_GET
@granted_to(*READERS)
def result_file(request: HttpRequest, result_id: UUID) -> HttpResponse:
    """The file of a result as it was handed in: always as a download, whatever it says it is."""
    person, at = person_in(request), present()
    result = result_at(person.site, result_id)
    if result is None or result.file is None:
        raise Http404("no such file")
    lot_seen_by(person, result.lot_id, page="result_file", at=at)
    answer = HttpResponse(bytes(result.file.content), content_type="application/octet-stream")
    name = PurePath(result.file.name).name.replace('"', "").replace("\\", "")
    answer["Content-Disposition"] = f'attachment; filename="{name.encode("ascii", "replace").decode()}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
