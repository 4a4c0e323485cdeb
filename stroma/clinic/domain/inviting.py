"""A link by which somebody chooses a password takes two people together (21 CFR 11.200(a)(3)).

Whoever holds the link could sign as the person it was made for. So one colleague asks for it and another confirms that
the person wants it. Where a site has nobody else who could confirm, as on its first day, the link is made at once and
the ledger says that one person did it alone.
"""

from datetime import datetime, timedelta

from stroma.protocols.domain.blocker import Blocker

SOURCE = "21 CFR 11.200(a)(3) (standards.md §6.1)"

WAITS_FOR = timedelta(days=3)
"""How long a link that was asked for may wait to be confirmed and handed over; then it is asked for anew."""


def confirming_blockers(
    *,
    asked_at: datetime,
    is_asker: bool,
    is_oneself: bool,
    is_confirmed: bool,
    works_here: bool,
    at: datetime,
) -> list[Blocker]:
    """Why somebody does not confirm that a person is given a link."""
    checks = [
        (not works_here, "person_not_here"),
        (is_asker, "link_asked_by_oneself"),
        (is_oneself, "link_for_oneself"),
        (is_confirmed, "link_confirmed_before"),
        (at - asked_at >= WAITS_FOR, "link_asked_too_long_ago"),
    ]
    return [Blocker(code, {}, SOURCE) for applies, code in checks if applies]


def showing_blockers(
    *, asked_at: datetime, is_asker: bool, is_confirmed: bool, is_shown: bool, works_here: bool, at: datetime
) -> list[Blocker]:
    """Why the link is not shown. Only who asked for it sees it, once: who confirmed could else use it alone."""
    checks = [
        (not works_here, "person_not_here"),
        (not is_asker, "link_asked_by_another"),
        (not is_confirmed, "link_not_confirmed"),
        (is_shown, "link_shown_before"),
        (at - asked_at >= WAITS_FOR, "link_asked_too_long_ago"),
    ]
    return [Blocker(code, {}, SOURCE) for applies, code in checks if applies]
