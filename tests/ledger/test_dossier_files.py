"""The files of a course: small ones in the dossier, large ones in one archive beside it; any change of one is found."""

import tarfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from stroma.ledger.attachments import (
    EMBEDDED_BYTES,
    KeptFile,
    KeptFileAltered,
    files_beside,
    made_file,
    write_archive,
)
from stroma.ledger.standalone import verifier
from tests.ledger.conftest import SmallLedger
from tests.ledger.forging import read_lines

SMALL, LARGE, LARGER = b"time,temp\n", b"\x00\xff" * EMBEDDED_BYTES, b"FCS3.1" + bytes(3 * EMBEDDED_BYTES)


@pytest.fixture
def kept(
    small_ledger: SmallLedger, own_readers: Callable[[str, str, Callable[..., Any]], None]
) -> SmallLedger:
    """The small ledger with three files; one is small."""

    def files(_course: UUID) -> list[KeptFile]:
        return [
            made_file("transport/1.csv", SMALL, media_type="text/csv", about={"kind": "temperature log"}),
            made_file("cytometry/2.fcs", LARGER, media_type="application/vnd.isac.fcs", about={}),
            made_file("cytometry/1.fcs", LARGE, media_type="application/vnd.isac.fcs", about={}),
        ]

    own_readers("dossier_files", "test", files)
    return small_ledger


def archived(ledger: SmallLedger, folder: Path) -> tuple[bytes, Path]:
    """The dossier, and the archive written beside it."""
    dossier = ledger.export()
    archive = folder / "course.jsonl.files.tar"
    with archive.open("wb") as output:
        write_archive(files_beside(dossier, ledger.course), output)
    return dossier, archive


def first_place(dossier: bytes, archive: Path) -> str:
    """What the verifier names first."""
    found = verifier().check(dossier, None, (), str(archive)).sorted_findings()
    return str(found[0].place) if found else ""


def test_every_file_is_listed_and_the_large_ones_lie_beside(kept: SmallLedger, tmp_path: Path) -> None:
    dossier, archive = archived(kept, tmp_path)
    section = next(line for line in read_lines(dossier) if line.get("name") == "attachments")
    assert [(one["path"], "beside" in one) for one in section["content"]["files"]] == [
        ("cytometry/1.fcs", True),
        ("cytometry/2.fcs", True),
        ("transport/1.csv", False),
    ]
    report = verifier().check(dossier, None, (), str(archive))
    assert (report.findings, report.about["files_beside"]) == ([], 2)
    with tarfile.open(archive) as opened:
        assert opened.getnames() == ["cytometry/1.fcs", "cytometry/2.fcs"]


def test_the_archive_has_one_byte_form(kept: SmallLedger, tmp_path: Path) -> None:
    _dossier, archive = archived(kept, tmp_path)
    again = BytesIO()
    write_archive(files_beside(kept.export(), kept.course), again)
    assert archive.read_bytes() == again.getvalue()


def test_a_changed_byte_anywhere_in_the_archive_is_found_and_its_file_named(
    kept: SmallLedger, tmp_path: Path
) -> None:
    dossier, archive = archived(kept, tmp_path)
    whole = archive.read_bytes()
    second = 512 + len(LARGE)
    places = {
        0: "file cytometry/1.fcs",
        512: "file cytometry/1.fcs",
        511 + len(LARGE): "file cytometry/1.fcs",
        second + 3: "file cytometry/2.fcs",
        second + 512: "file cytometry/2.fcs",
        second + 512 + len(LARGER) + 2: "file cytometry/2.fcs",
        len(whole) - 1: "the archive of files",
    }
    for position, place in places.items():
        altered = bytearray(whole)
        altered[position] ^= 1
        archive.write_bytes(altered)
        assert first_place(dossier, archive) == place


def test_a_missing_swapped_added_or_cut_file_is_found(kept: SmallLedger, tmp_path: Path) -> None:
    dossier, archive = archived(kept, tmp_path)
    one, two = files_beside(dossier, kept.course)
    more = made_file("z", LARGE, media_type="text/plain", about={})
    for files, place in (
        ([one], "file cytometry/2.fcs"),
        ([two], "file cytometry/1.fcs"),
        ([two, one], "file cytometry/1.fcs"),
        ([one, two, more], "the archive of files"),
    ):
        with archive.open("wb") as output:
            write_archive(files, output)
        assert first_place(dossier, archive) == place
    archive.unlink()
    assert first_place(dossier, archive) == "file cytometry/1.fcs"


def test_without_the_archive_the_report_says_what_was_not_looked_at(kept: SmallLedger) -> None:
    report = verifier().check(kept.export())
    assert (report.findings, report.notes) == ([], ["2 files beside the dossier were not looked at."])


def test_a_kept_file_that_was_altered_in_the_house_stops_the_export(
    kept: SmallLedger, own_readers: Callable[[str, str, Callable[..., Any]], None]
) -> None:
    true = made_file("cytometry/1.fcs", LARGE, media_type="x", about={})
    altered = KeptFile(true.path, "x", true.sha256, true.size, {}, lambda: LARGE[:-1] + b"\x00")
    with pytest.raises(KeptFileAltered) as refused:
        write_archive([altered], BytesIO())
    assert [(p.code, p.file) for p in refused.value.problems] == [("kept_file_altered", "cytometry/1.fcs")]
