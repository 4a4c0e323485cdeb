"""Keeping the photo that a code was read from."""

import hashlib
from datetime import datetime

from stroma.clinic.authority import authorize
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import Site, User
from stroma.custody.models import ScanPhoto
from stroma.ledger.domain.entry import site_chain
from stroma.ledger.record import record
from stroma.ledger.transaction import action


@action
def keep_scan_photo(*, site: Site, content: bytes, media_type: str, by: User, at: datetime) -> ScanPhoto:
    """Keep a photo from which a code could be read, byte for byte; the scan that follows names it."""
    authorize(by, Role.TECHNOLOGIST, Role.QUALITY, Role.NURSE, Role.PHYSIATRIST, site=site, at=at)
    photo = ScanPhoto.objects.create(
        site=site,
        media_type=media_type,
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        taken_by=by,
        taken_at=at,
    )
    record(
        "scan.photo_kept",
        by=by,
        at=at,
        chains=[site_chain(site.id)],
        facts={"photo": photo.id, "sha256": photo.sha256},
    )
    return photo
