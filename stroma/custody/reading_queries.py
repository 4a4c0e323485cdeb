"""Reads about how scans were read."""

from collections.abc import Iterator
from functools import partial
from uuid import UUID

from django.db.models.functions import Length

from stroma.clinic.models import Site
from stroma.custody.domain.reading import Means, Reading, Readings
from stroma.custody.models import Scan, ScanPhoto, ScanReading
from stroma.ledger import readers
from stroma.ledger.attachments import KeptFile


def scanners_of(site: Site) -> list[tuple[str, str]]:
    """The registered scanners of a site: the code on each, and its name."""
    return [one for read in readers.registered("scanners").values() for one in read(site)]


def readings_kept(scan: Scan) -> Readings:
    """How each code of a scan was read. Reads ``readings``, fetched with the scans wherever there are several."""
    return {
        one.name: Reading(Means(one.means), scanner=one.scanner, photo=one.photo_id)
        for one in scan.readings.all()
    }


def photo_at(photo_id: UUID) -> tuple[ScanPhoto, UUID] | None:
    """A photo that a scan names, with the container that was scanned; None where no scan names it."""
    reading = (
        ScanReading.objects.filter(photo=photo_id, scan__material__isnull=False)
        .select_related("photo", "scan")
        .first()
    )
    if reading is None or reading.photo is None or reading.scan.material_id is None:
        return None
    return reading.photo, reading.scan.material_id


def photos_of_course(course_id: UUID) -> Iterator[KeptFile]:
    """The photos from which codes of a course's containers were read, for its dossier."""
    photos = ScanPhoto.objects.filter(readings__scan__material__lot__course=course_id).distinct()
    for photo in photos.defer("content").annotate(size=Length("content")).order_by("taken_at", "id"):
        yield KeptFile(
            path=f"scans/{photo.id}.{photo.media_type.removeprefix('image/')}",
            media_type=photo.media_type,
            sha256=photo.sha256,
            size=photo.size,
            about={"kind": "photo of a scan", "photo": photo.id, "kept_at": photo.taken_at},
            read=partial(_content_of, photo.id),
        )


def _content_of(photo_id: UUID) -> bytes:
    return bytes(ScanPhoto.objects.values_list("content", flat=True).get(pk=photo_id))
