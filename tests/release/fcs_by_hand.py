"""FCS files written byte by byte, with whatever an instrument may have got wrong."""

from collections.abc import Mapping, Sequence


def fcs_by_hand(
    data: bytes,
    channels: Sequence[Mapping[str, str]],
    *,
    version: str = "FCS3.1",
    delimiter: str = "/",
    keywords: Mapping[str, str] | None = None,
    header_data: tuple[int, int] | None = None,
    supplement: Mapping[str, str] | None = None,
    after: bytes = b"",
) -> bytes:
    """One data set; each channel is its keywords without ``$Pn``: ``{"N": "FSC-A", "B": "16"}``.

    ``keywords`` go over the usual ones, and one with an empty value is left out. ``{begin}`` and ``{end}`` in a value
    are DATA's first and last byte.
    """
    values = {
        "$BYTEORD": "1,2,3,4",
        "$DATATYPE": "F",
        "$MODE": "L",
        "$NEXTDATA": "0",
        "$PAR": str(len(channels)),
        "$BEGINDATA": "{begin}",
        "$ENDDATA": "{end}",
    }
    for index, one in enumerate(channels, start=1):
        usual = {"B": "32", "E": "0,0", "R": "1024", "N": f"P{index}"}
        values |= {f"$P{index}{key}": value for key, value in (usual | dict(one)).items()}
    values |= keywords or {}
    extra = _text(supplement, delimiter) if supplement else b""
    if supplement:
        values |= {"$BEGINSTEXT": "{sbegin}", "$ENDSTEXT": "{send}"}
    kept = {key: value for key, value in values.items() if value}

    def filled(begin: int) -> bytes:
        places = {
            "{begin}": f"{begin:08d}",
            "{end}": f"{begin + len(data) - 1:08d}",
            "{sbegin}": f"{begin + len(data):08d}",
            "{send}": f"{begin + len(data) + len(extra) - 1:08d}",
        }
        return _text({key: places.get(value, value) for key, value in kept.items()}, delimiter)

    begin = 58 + len(filled(0))
    text = filled(begin)
    in_header = header_data or (begin, begin + len(data) - 1)
    header = f"{version}    {58:8d}{begin - 1:8d}{in_header[0]:8d}{in_header[1]:8d}{0:8d}{0:8d}"
    return header.encode() + text + data + extra + after


def _text(values: Mapping[str, str], delimiter: str) -> bytes:
    words = [word.replace(delimiter, delimiter * 2) for pair in values.items() for word in pair]
    return (delimiter + delimiter.join(words) + delimiter).encode()
