"""What a certificate's Data Matrix says, read back: the digest of the signed text, from the address it leads to."""

import re

_CODE = re.compile(
    r"""
    (?:\S+/verify/)?          # the address of the page that verifies, whatever the site is called
    (?P<digest>[0-9a-f]{64})  # SHA-256 of the signed text
    /?
    """,
    re.VERBOSE,
)


def digest_in_code(text: str) -> str | None:
    """The digest in what was scanned off a certificate, or typed from it with spaces; None for anything else."""
    found = _CODE.fullmatch("".join(text.split()).lower())
    return found["digest"] if found else None
