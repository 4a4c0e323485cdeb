"""Writing a file whole or not at all, and never over one that exists unless told to."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from stroma.protocols.domain.problem import BadInput, Problem


def refuse_existing(file: Path, *, force: bool) -> None:
    """Raise BadInput when ``file`` exists and may not be replaced, or its folder does not exist."""
    if file.exists() and not force:
        raise BadInput(
            [Problem("file_exists", "The file exists. Add --force to replace it.", file=str(file))]
        )
    if not file.parent.is_dir():
        raise BadInput([Problem("no_folder", "There is no such folder to write to.", file=str(file))])


def write_whole(file: Path, content: bytes) -> None:
    """Write ``content``; a crash leaves the old file or none, never half of the new one."""
    write_whole_by(file, lambda output: output.write(content))


def write_whole_by(file: Path, write: Callable[[BinaryIO], object]) -> None:
    """The same for a file that is too large to be held: ``write`` is given the open file."""
    unfinished = file.with_name(f"{file.name}.{os.getpid()}.new")
    with unfinished.open("wb") as output:
        write(output)
        output.flush()
        os.fsync(output.fileno())
    unfinished.replace(file)
