"""What is wrong with a scan, a typed number or a value that was to become a barcode."""

from collections.abc import Iterable

from stroma.protocols.domain.problem import BadInput, Problem


class ScanError(BadInput):
    """A scan cannot be read, or a barcode cannot be written; nothing of it may be used.

    ``problems`` holds every fault, ``code`` is the first one's. No message repeats the content of a structure
    that identifies a person (numbers 019, 020, 024, 025 and 039).
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        super().__init__(problems)
        self.code = self.problems[0].code


class Fault(Exception):  # noqa: N818 - an answer on its way to becoming a Problem, never seen by a caller
    """One structure's content is wrong. The reader adds the place and goes on to the next structure."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
