"""FCS files written byte by byte, with whatever an instrument may have got wrong, and cells for a panel."""

from collections.abc import Mapping, Sequence

import numpy as np

from stroma.release.cytometry.write import fcs_bytes


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


STAINS = (
    ("BV421-A", "CD73", 0.985),
    ("FITC-A", "CD90", 0.99),
    ("PE-A", "CD105 PE", 0.98),
    ("APC-A", "CD45", 0.004),
    ("PE-Cy7-A", "CD34", 0.006),
    ("BV605-A", "CD14", 0.003),
    ("BV711-A", "CD19", 0.001),
    ("APC-Cy7-A", "HLA-DR", 0.005),
    ("PerCP-Cy5-5-A", "7-AAD", 0.05),
)
"""Detector, stain, and the share of the cells that bear it."""


def stromal_cells(
    *,
    events: int = 20_000,
    is_stained: bool = True,
    seed: int = 7,
    without: Sequence[str] = (),
    shares: Mapping[str, float] | None = None,
    top: float = 262144,
) -> bytes:
    """A culture stained for the ISCT panel, or unstained: debris, doublets and dead cells among it."""
    chance = np.random.default_rng(seed)
    height = chance.normal(60_000, 9_000, events)
    is_debris = chance.random(events) < 0.08
    height[is_debris] = chance.gamma(3, 3_000, int(is_debris.sum()))
    area = height * chance.normal(1.3, 0.03, events)
    area[chance.random(events) < 0.04] *= 1.7
    columns = [area, height, chance.normal(50_000, 9_000, events)]
    channels = [("FSC-A", ""), ("FSC-H", ""), ("SSC-A", "")]
    for detector, stain, share in STAINS:
        dark = chance.normal(0, 150, events) + chance.lognormal(4, 0.6, events)
        bright = chance.lognormal(9.2, 0.45, events)
        bears = (chance.random(events) < (shares or {}).get(stain, share)) & ~is_debris & is_stained
        if stain not in without:
            columns.append(np.where(bears, bright, dark))
            channels.append((detector, stain))
    columns.append(np.sort(chance.random(events)) * 10_000)
    channels.append(("Time", ""))
    table = np.clip(np.column_stack(columns), -1_000, 262_143)
    return fcs_bytes(table, channels, top=top)
