"""The files that belong to a course: small ones inside its dossier, large ones in one archive beside it.

A later step offers its files by a ``dossier_files`` reader: ``fn(course_id) -> Iterable[KeptFile]``. Every file,
wherever it lies, is listed in the dossier's section ``attachments`` with its SHA-256, so that the seal covers it. The
archive has one byte form: tar (POSIX ustar) in the order of the paths, no times, no owners.
"""

import base64
import hashlib
import json
import tarfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, BinaryIO
from uuid import UUID

from stroma.ledger.readers import registered
from stroma.protocols.domain.problem import BadInput, Problem

EMBEDDED_BYTES = 64 * 1024
"""Up to here a file stands inside the dossier."""

SECTION = "attachments"


class KeptFileAltered(BadInput):
    """A kept file is no longer what its digest says."""


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file as the house keeps it; ``path`` names it within the dossier and holds no name of a person."""

    path: str
    media_type: str
    sha256: str
    size: int
    about: Mapping[str, Any]
    read: Callable[[], bytes]

    @property
    def is_beside(self) -> bool:
        """Whether it is too large to stand inside."""
        return self.size > EMBEDDED_BYTES

    def content(self) -> bytes:
        """Its bytes. Raises KeptFileAltered when they are not those that were kept."""
        found = self.read()
        if len(found) != self.size or hashlib.sha256(found).hexdigest() != self.sha256:
            message = (
                "The kept file does not match the digest it was kept under. Run stroma verify; restore it."
            )
            raise KeptFileAltered([Problem("kept_file_altered", message, file=self.path)])
        return found


def made_file(path: str, content: bytes, *, media_type: str, about: Mapping[str, Any]) -> KeptFile:
    """A file that is made when it is asked for, from rows that are never changed."""
    return KeptFile(
        path, media_type, hashlib.sha256(content).hexdigest(), len(content), about, lambda: content
    )


def attachment(content: bytes, *, media_type: str) -> dict[str, str]:
    """A file as a section may hold it."""
    return {
        "media_type": media_type,
        "sha256": hashlib.sha256(content).hexdigest(),
        "base64": base64.b64encode(content).decode(),
    }


def files_of(course_id: UUID) -> list[KeptFile]:
    """Every file of a course, by path."""
    found = [one for reader in registered("dossier_files").values() for one in reader(course_id)]
    return sorted(found, key=lambda one: one.path)


def attachments_section(course_id: UUID) -> dict[str, Any] | None:
    """The list of a course's files, small ones with their content; none where there is no file."""
    listed = []
    for one in files_of(course_id):
        told: dict[str, Any] = {"path": one.path, "about": one.about}
        if one.is_beside:
            told["beside"] = {"media_type": one.media_type, "sha256": one.sha256, "bytes": one.size}
        else:
            told["file"] = attachment(one.content(), media_type=one.media_type)
        listed.append(told)
    return {"files": listed} if listed else None


def files_beside(dossier: bytes, course_id: UUID) -> list[KeptFile]:
    """The files that a dossier lists beside itself: those and no other, whatever was kept since it was made."""
    wanted = {
        (one["path"], one["beside"]["sha256"])
        for line in dossier.splitlines()
        if line.startswith(b'{"content":') and json.loads(line)["name"] == SECTION
        for one in json.loads(line)["content"]["files"]
        if "beside" in one
    }
    return [one for one in files_of(course_id) if (one.path, one.sha256) in wanted]


def write_archive(files: Sequence[KeptFile], output: BinaryIO) -> None:
    """Write the archive's one byte form. Raises KeptFileAltered."""
    with tarfile.open(fileobj=output, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for one in files:
            member = tarfile.TarInfo(one.path)
            member.size = one.size
            archive.addfile(member, BytesIO(one.content()))
