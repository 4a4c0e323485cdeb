"""Staff badges: a code that says nothing of the person, and whether the badge that was shown is the right one.

A badge is no credential and signs nothing. It says whose hands are at a shared tablet, beside the session that says
who is signed in. A code is ``BG``, twelve random characters (60 bits) and a check character, so one wrong character
is seen.
"""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from stroma.clinic.domain.mod_37_2 import ALPHABET, checksum_37_2
from stroma.protocols.domain.blocker import Blocker

SOURCE = "21 CFR 11.10(d), (g); Stroma clinic"

PREFIX = "BG"
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Digits and capitals without I, L, O and U, which are taken for others or make words."""
DRAWN = 12
FORM = re.compile(rf"{PREFIX}[{LETTERS}]{{{DRAWN}}}[{re.escape(ALPHABET)}]")


class BadgeShown(StrEnum):
    """What a badge that was scanned turned out to be."""

    NONE = "NONE"
    UNREADABLE = "UNREADABLE"
    UNKNOWN = "UNKNOWN"
    REVOKED = "REVOKED"
    OF_ANOTHER_SITE = "OF_ANOTHER_SITE"
    OF_SOMEBODY_ELSE = "OF_SOMEBODY_ELSE"
    THEIRS = "THEIRS"


@dataclass(frozen=True, slots=True)
class KnownBadge:
    """What is on record of a badge, as seen from who receives a container at a site."""

    is_revoked: bool
    is_of_this_site: bool
    is_of_this_person: bool


def new_code(draw: Callable[[str], str] = secrets.choice) -> str:
    """A new badge's code; ``draw`` takes one letter of those given."""
    text = PREFIX + "".join(draw(LETTERS) for _ in range(DRAWN))
    return text + ALPHABET[checksum_37_2(text)]


def code_in(scan: str) -> str | None:
    """The badge's code in a scan, typed in small letters or pieces too; None for what is no badge's code."""
    text = re.sub(r"[\s-]+", "", scan).upper()
    if not FORM.fullmatch(text) or ALPHABET[checksum_37_2(text[:-1])] != text[-1]:
        return None
    return text


def badge_shown(scan: str | None, known: KnownBadge | None) -> BadgeShown:
    """What was shown: ``known`` is what is on record of the code that was scanned, None for a code nobody was given."""
    if not scan:
        return BadgeShown.NONE
    if code_in(scan) is None:
        return BadgeShown.UNREADABLE
    if known is None:
        return BadgeShown.UNKNOWN
    if known.is_revoked:
        return BadgeShown.REVOKED
    if not known.is_of_this_site:
        return BadgeShown.OF_ANOTHER_SITE
    return BadgeShown.THEIRS if known.is_of_this_person else BadgeShown.OF_SOMEBODY_ELSE


def badge_blockers(shown: BadgeShown, *, is_asked_for: bool) -> list[Blocker]:
    """Why the badge that was shown, or was not, stops. It is asked for of whoever has a live badge at the site.

    A badge that is shown without being asked for has to be the right one too.
    """
    checks: list[tuple[bool, str, dict[str, object]]] = [
        (is_asked_for and shown is BadgeShown.NONE, "badge_not_scanned", {}),
        (shown is BadgeShown.UNREADABLE, "badge_unreadable", {}),
        (shown is BadgeShown.UNKNOWN, "badge_unknown", {}),
        (shown is BadgeShown.REVOKED, "badge_revoked", {}),
        (shown is BadgeShown.OF_ANOTHER_SITE, "badge_of_another_site", {}),
        (shown is BadgeShown.OF_SOMEBODY_ELSE, "badge_of_somebody_else", {}),
    ]
    return [Blocker(code, values, SOURCE) for applies, code, values in checks if applies]


def issuing_blockers(*, works_here: bool, has_live_badge: bool) -> list[Blocker]:
    """Why a person is not given a badge at a site."""
    checks: list[tuple[bool, str, dict[str, object]]] = [
        (not works_here, "person_not_here", {}),
        (has_live_badge, "badge_live_already", {}),
    ]
    return [Blocker(code, values, SOURCE) for applies, code, values in checks if applies]


def revoking_blockers(*, is_revoked: bool, reason: str) -> list[Blocker]:
    """Why a badge is not revoked."""
    blockers = []
    if is_revoked:
        blockers.append(Blocker("badge_revoked_before", {}, SOURCE))
    if not reason.strip():
        blockers.append(Blocker("reason_missing", {}, "21 CFR 11.10(e)"))
    return blockers
