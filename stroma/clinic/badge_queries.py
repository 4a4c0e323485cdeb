"""Reads about staff badges: whose is live, and what a scanned one turns out to be."""

from uuid import UUID

from stroma.clinic.domain.badges import BadgeShown, KnownBadge, badge_shown, code_in
from stroma.clinic.models import Badge, Site, User


def live_badge(person: User, site: Site) -> Badge | None:
    """The badge that a person wears at a site, if they were given one and it was not revoked."""
    return Badge.objects.filter(site=site, person=person, revocation__isnull=True).first()


def badges_of(person: User, site: Site) -> list[Badge]:
    """Every badge that a person was given at a site, the newest first."""
    rows = Badge.objects.filter(site=site, person=person)
    return list(rows.select_related("issued_by", "revocation__revoked_by"))


def badge_at(site: Site | None, badge_id: UUID) -> Badge | None:
    """A badge that was given out at a site."""
    return Badge.objects.filter(site=site, pk=badge_id).select_related("site", "person", "revocation").first()


def look_at_badge(scan: str | None, *, receiver: User, site: Site) -> tuple[BadgeShown, Badge | None]:
    """What a scan shows as the badge of ``receiver`` at ``site``, and the badge itself where it is theirs."""
    code = code_in(scan or "")
    badge = Badge.objects.filter(code=code).select_related("revocation").first() if code else None
    known = None
    if badge is not None:
        known = KnownBadge(
            is_revoked=hasattr(badge, "revocation"),
            is_of_this_site=badge.site_id == site.pk,
            is_of_this_person=badge.person_id == receiver.pk,
        )
    shown = badge_shown(scan, known)
    return shown, badge if shown is BadgeShown.THEIRS else None
