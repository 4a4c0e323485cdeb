"""Photos that are kept with a step of the batch record: looked at before they are taken in, kept byte for byte."""

import hashlib
import io
from dataclasses import dataclass

from stroma.custody.photos import MEDIA_TYPES, MOST_BYTES, MOST_PIXELS
from stroma.protocols.domain.problem import BadInput, Problem


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo that can be opened."""

    name: str
    media_type: str
    content: bytes

    @property
    def sha256(self) -> str:
        """Its digest."""
        return hashlib.sha256(self.content).hexdigest()


def opened_photo(content: bytes, *, name: str) -> Photo:
    """The photo. Raises BadInput for a file that is too large or none that can be opened."""
    from PIL import Image  # slow import

    if len(content) > MOST_BYTES:
        message = "The photo is too large; at most {limit} MB are taken. Choose a smaller size."
        most = {"limit": MOST_BYTES // 2**20}
        raise BadInput([Problem("photo_too_large", message, file=name, values=most)])
    try:
        with Image.open(io.BytesIO(content), formats=tuple(MEDIA_TYPES)) as picture:
            kind, pixels = str(picture.format), picture.width * picture.height
            picture.verify()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        message = "This is no photo that can be opened; take a JPEG, PNG or WebP."
        raise BadInput([Problem("photo_not_a_photo", message, file=name)]) from None
    if pixels > MOST_PIXELS:
        message = "The photo has more than {limit} million points. Set the camera to a smaller size."
        most = {"limit": MOST_PIXELS // 10**6}
        raise BadInput([Problem("photo_too_large", message, file=name, values=most)])
    return Photo(name[-200:], MEDIA_TYPES[kind], content)


PRINTED_SIDE = 900
"""The longer side of a printed photo in points of the picture: sharp enough at 70 mm (our choice)."""


def small_picture(content: bytes) -> bytes | None:
    """The photo as a small JPEG for print, the right way up; None where it cannot be drawn to its end."""
    from PIL import Image, ImageOps  # slow import

    drawn = io.BytesIO()
    try:
        with Image.open(io.BytesIO(content), formats=tuple(MEDIA_TYPES)) as picture:
            picture.draft("RGB", (PRINTED_SIDE, PRINTED_SIDE))
            upright = ImageOps.exif_transpose(picture).convert("RGB")
        upright.thumbnail((PRINTED_SIDE, PRINTED_SIDE))
        upright.save(drawn, "JPEG", quality=80)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
    return drawn.getvalue()
