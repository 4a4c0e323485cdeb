"""The scans that a form brings, each with the way it was read; a photo is read, kept, and put where a scan would stand.

From there on a photo's code is a scan like any other: the same rules, the same action, the same record.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import IO, cast
from uuid import UUID

from django.http import HttpRequest

from stroma.clinic.access import person_in, site_in
from stroma.custody.actions import keep_scan_photo
from stroma.custody.domain.one_scan import SOURCE, one_scan
from stroma.custody.domain.reading import Means, Reading, Readings, reading_in
from stroma.custody.models import ScanPhoto
from stroma.custody.photos import MOST_BYTES, codes_in, media_type_of
from stroma.custody.scanning import READ, Wanted, scanner_of
from stroma.ledger.record import present
from stroma.protocols.domain.blocker import Blocker
from stroma.protocols.domain.problem import BadInput

PHOTO, PHOTO_OF, MEANS = "photo", "photo_of", "means"
"""The form's fields: the photo, the name of the scan that it stands for, and the way in which the other forms read."""


def sent_scans(request: HttpRequest, wanted: Sequence[Wanted]) -> tuple[Mapping[str, str], list[Blocker]]:
    """The scans that came with a form, that of a photo among them, and why a photo could not be taken for one.

    Beside each scan ``name`` stands ``read_name``: how it was read.
    """
    sent = {name: str(request.POST.get(name, "")) for name in request.POST}
    photo, name = request.FILES.get(PHOTO), sent.get(PHOTO_OF, "")
    if not name:
        return sent | _read_now(request, sent, wanted), []
    if photo is None:
        return sent, [Blocker("photo_missing", {}, SOURCE)]
    # One byte more than is taken is enough to know that there is more.
    data = cast(IO[bytes], photo).read(MOST_BYTES + 1)
    text, blockers = _scan_in(data)
    if text is None:
        return sent, blockers
    read = Reading(Means.PHOTO, photo=_keep(request, data))
    return sent | {name: text, READ + name: read.as_text()}, blockers


def how_read(request: HttpRequest, sent: Mapping[str, str], scans: Iterable[str]) -> Readings:
    """How each of these scans was read, as the form said; a photo only where this person took it."""
    found = {name: reading_in(sent.get(READ + name, "")) for name in scans}
    told = {name: one for name, one in found.items() if one is not None}
    photos = {one.photo for one in told.values() if one.photo}
    taken_by = person_in(request).user
    own = set(ScanPhoto.objects.filter(pk__in=photos, taken_by=taken_by).values_list("pk", flat=True))
    return {name: one for name, one in told.items() if one.photo is None or one.photo in own}


def _read_now(request: HttpRequest, sent: Mapping[str, str], wanted: Sequence[Wanted]) -> dict[str, str]:
    """What the form's own means was, for each scan that came without one from before."""
    means = sent.get(MEANS, "")
    if means not in {Means.SCANNER, Means.TYPED, Means.SIMULATED}:
        return {}
    scanner = scanner_of(request) if means == Means.SCANNER else ""
    read = Reading(Means(means), scanner=scanner).as_text()
    return {READ + one.name: read for one in wanted if sent.get(one.name) and not sent.get(READ + one.name)}


def _keep(request: HttpRequest, data: bytes) -> UUID:
    person, site = person_in(request), site_in(request)
    kept = keep_scan_photo(
        site=site, content=data, media_type=media_type_of(data), by=person.user, at=present()
    )
    return kept.pk


def _scan_in(data: bytes) -> tuple[str | None, list[Blocker]]:
    try:
        return one_scan(codes_in(data))
    except BadInput as error:
        return None, [Blocker("photo_not_read", {"why": error.problems[0].message}, SOURCE)]
