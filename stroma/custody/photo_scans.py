"""A photo sent in place of a scan: read, put where the scan would stand, and forgotten.

From there on it is a scan like any other: the same rules, the same action, the same record.
"""

from collections.abc import Mapping
from typing import IO, cast

from django.http import HttpRequest

from stroma.custody.domain.one_scan import SOURCE, one_scan
from stroma.custody.photos import MOST_BYTES, codes_in
from stroma.protocols.domain.blocker import Blocker
from stroma.protocols.domain.problem import BadInput

PHOTO, PHOTO_OF = "photo", "photo_of"
"""The form's fields: the photo, and the name of the scan that it stands for."""


def sent_scans(request: HttpRequest) -> tuple[Mapping[str, str], list[Blocker]]:
    """The scans that came with a form, that of a photo among them, and why a photo could not be taken for one."""
    sent = {name: str(request.POST.get(name, "")) for name in request.POST}
    photo, name = request.FILES.get(PHOTO), sent.get(PHOTO_OF, "")
    if not name:
        return sent, []
    if photo is None:
        return sent, [Blocker("photo_missing", {}, SOURCE)]
    text, blockers = scan_in(cast(IO[bytes], photo))
    return (sent if text is None else sent | {name: text}), blockers


def scan_in(photo: IO[bytes]) -> tuple[str | None, list[Blocker]]:
    """The scan that an uploaded photo shows, or why it shows none."""
    # One byte more than is taken is enough to know that there is more.
    data = photo.read(MOST_BYTES + 1)
    try:
        return one_scan(codes_in(data))
    except BadInput as error:
        return None, [Blocker("photo_not_read", {"why": error.problems[0].message}, SOURCE)]
