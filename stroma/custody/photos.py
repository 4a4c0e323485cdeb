"""Reading codes in a photo that a phone's camera took. Nothing is kept here: a photo may show a person."""

import io
from typing import Any

from django.utils.translation import gettext as _

from stroma.custody.domain.one_scan import Code
from stroma.protocols.domain.problem import BadInput, Problem

MOST_BYTES = 15 * 1024 * 1024
"""A phone's photo has 2 to 8 MB."""

MOST_PIXELS = 60_000_000
"""A larger picture would fill the memory when it is unpacked; phones make 12 to 50 million."""

MEDIA_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
"""What phones send from a form. Apple's HEIC is turned into JPEG by the browser when a form takes JPEG."""

ACCEPT = ",".join(MEDIA_TYPES.values())
"""The same for the form's field."""

_LONG_SIDE = 2400
"""Larger photos are made smaller for the first look; what was not found then is looked for in the whole."""


def codes_in(photo: bytes, *, file: str = "") -> list[Code]:
    """Every Data Matrix, QR code and Code 128 that can be read, each text once; none when nothing can be read.

    Raises BadInput for a file that is too large or no photo.
    """
    picture = _opened(photo, file)
    for image in _looks(picture):
        if codes := _read(image):
            return codes
    return []


def media_type_of(photo: bytes) -> str:
    """The media type of a photo that could be opened."""
    from PIL import Image  # slow import

    with Image.open(io.BytesIO(photo), formats=tuple(MEDIA_TYPES)) as picture:
        return MEDIA_TYPES[str(picture.format)]


def _opened(photo: bytes, file: str) -> Any:
    from PIL import Image, ImageOps  # slow import

    if len(photo) > MOST_BYTES:
        message = _("The photo is too large; at most %(most)d MB are taken. Choose a smaller size.") % {
            "most": MOST_BYTES // 2**20
        }
        raise BadInput([Problem("photo_too_large", message, file=file)])
    try:
        picture = Image.open(io.BytesIO(photo), formats=tuple(MEDIA_TYPES))
        if picture.width * picture.height > MOST_PIXELS:
            message = _(
                "The photo has %(size)s points; at most %(most)d million are taken. Set the camera to a smaller size."
            ) % {"size": f"{picture.width} × {picture.height}", "most": MOST_PIXELS // 10**6}
            raise BadInput([Problem("photo_too_large", message, file=file)])
        return ImageOps.exif_transpose(picture).convert("L")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        message = _("This is no photo that can be opened; take a JPEG, PNG or WebP.")
        raise BadInput([Problem("photo_not_a_photo", message, file=file)]) from None


def _looks(picture: Any) -> Any:
    """The photo at a handy size, then as it is, then with its light evened out."""
    from PIL import ImageOps  # slow import

    if max(picture.size) > _LONG_SIDE:
        smaller = picture.copy()
        smaller.thumbnail((_LONG_SIDE, _LONG_SIDE))
        yield smaller
    yield picture
    yield ImageOps.autocontrast(picture, cutoff=2)


def _read(image: Any) -> list[Code]:
    import zxingcpp  # slow import

    matrix = (zxingcpp.BarcodeFormat.DataMatrix, zxingcpp.BarcodeFormat.QRCode)
    wanted = (*matrix, zxingcpp.BarcodeFormat.Code128)
    found = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormats(list(wanted)))
    codes = [Code(str(one.format), _text(one.bytes), one.format in matrix) for one in found if one.valid]
    return list(dict.fromkeys(codes))


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")
