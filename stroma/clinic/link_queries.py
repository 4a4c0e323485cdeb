"""Reads about links to choose a password: who may confirm one, and which wait for whom."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from stroma.clinic.domain.inviting import WAITS_FOR
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import LinkRequest, LinkStep, Site, User
from stroma.clinic.queries import colleagues


def may_confirm(site: Site, *, person: User, asked_by: User, at: datetime) -> list[User]:
    """Who could be the second person: quality and administrators, neither who asks nor who gets the link."""
    others = colleagues(site, Role.QUALITY, Role.ADMINISTRATOR, at=at)
    return list(others.exclude(pk__in=[person.pk, asked_by.pk]))


def request_at(site: Site | None, request_id: UUID) -> LinkRequest | None:
    """A link that was asked for at a site."""
    rows = LinkRequest.objects.filter(site=site, pk=request_id)
    return rows.select_related("site", "person", "asked_by").first()


@dataclass(frozen=True, slots=True)
class WaitingLink:
    """A link that was asked for, and what the reader may do about it."""

    request: LinkRequest
    is_confirmed: bool
    may_confirm: bool
    may_show: bool


def links_waiting(site: Site, reader: User, *, at: datetime) -> list[WaitingLink]:
    """The links of a site that were asked for and not yet handed over or too old, as the reader stands to them."""
    found = []
    for one in _open(site, at).prefetch_related("steps"):
        done = {step.kind for step in one.steps.all()}
        if LinkStep.Kind.HANDED_OVER in done:
            continue
        is_confirmed = LinkStep.Kind.CONFIRMED in done
        is_asker = one.asked_by_id == reader.pk
        is_second = not is_asker and one.person_id != reader.pk
        found.append(
            WaitingLink(one, is_confirmed, is_second and not is_confirmed, is_asker and is_confirmed)
        )
    return found


def _open(site: Site, at: datetime) -> QuerySet[LinkRequest]:
    rows = LinkRequest.objects.filter(site=site, asked_at__gt=at - WAITS_FOR)
    return rows.select_related("person", "asked_by").order_by("asked_at")
