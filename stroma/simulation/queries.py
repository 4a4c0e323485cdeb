"""Reads for the demo's own pages: whom one may enter as, and the patient of the guided story."""

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from stroma.clinic.domain.roles import Role
from stroma.clinic.models import RoleAssignment, Site, User
from stroma.courses.models import Course
from stroma.custody.models import Label, Lot, Material
from stroma.ledger.domain.canonical import digest
from stroma.ledger.domain.entry import Nature
from stroma.ledger.models import Entry, Installation
from stroma.release.evidence import finished_containers
from stroma.release.queries import certificate_of, certificate_signatures

STORY_PROTOCOL = "disc-marrow-concentrate"
"""The story takes a same-day treatment: all of it can be told in five minutes."""

_ORDER = (
    Role.PATIENT,
    Role.COORDINATOR,
    Role.PHYSIATRIST,
    Role.NURSE,
    Role.TECHNOLOGIST,
    Role.QUALITY,
    Role.ANALYST,
    Role.ADMINISTRATOR,
    Role.THERAPIST,
    Role.SURGEON,
)


@dataclass(frozen=True)
class Entrance:
    """Somebody as whom one may enter."""

    role: Role
    username: str
    name: str


@dataclass(frozen=True)
class SiteEntrances:
    """A site as the front page shows it: one person of each role, and every further patient with pages of their own."""

    site: Site
    people: list[Entrance]
    patients: list[Entrance]


def is_demo() -> bool:
    """Whether this is a simulated installation with somebody in it; the demo's pages open nowhere else."""
    found = Installation.objects.first()
    return found is not None and found.nature == Nature.SIMULATED


def entrances() -> list[SiteEntrances]:
    """For every site, one person of each role, and the other patients."""
    held = RoleAssignment.objects.filter(active_to=None).select_related("user", "site")
    by_site: dict[Site, dict[Role, Entrance]] = defaultdict(dict)
    patients: dict[Site, list[Entrance]] = defaultdict(list)
    for one in held.order_by("user__id"):
        role = Role(one.role)
        entrance = Entrance(role, one.user.username, one.user.name)
        if by_site[one.site].setdefault(role, entrance) is not entrance and role is Role.PATIENT:
            patients[one.site].append(entrance)
    sites = sorted(by_site, key=lambda site: (site.opened_at, site.name))
    return [
        SiteEntrances(site, [by_site[site][role] for role in _ORDER if role in by_site[site]], patients[site])
        for site in sites
    ]


def simulated_person(username: str) -> User | None:
    """The person of that user name who may act now."""
    return User.objects.filter(username=username, is_active=True).first()


def story_course(course_id: UUID | None = None) -> Course | None:
    """The course of the story: the one that was begun, else the next that is booked and has no cells yet."""
    courses = Course.objects.select_related("site", "patient", "protocol", "consent")
    if course_id is not None and (found := courses.filter(pk=course_id).first()):
        return found
    waiting = courses.filter(
        protocol__protocol_id=STORY_PROTOCOL, state=Course.State.OPEN, consent__withdrawal__isnull=True
    ).exclude(consent=None)
    begun = Lot.objects.exclude(course=None).values("course")
    return waiting.exclude(pk__in=begun).order_by("opened_at").first()


def lot_of_story(course: Course) -> Lot | None:
    """The lot that was collected for the course."""
    return Lot.objects.filter(course=course).order_by("made_at").last()


def tissue_of_story(lot: Lot) -> Material:
    """The container with what was collected."""
    return Material.objects.get(lot=lot, kind=Material.Kind.TISSUE)


def doses_at_the_bedside(lot: Lot) -> list[Material]:
    """The lot's doses that were not given yet."""
    return [one for one in finished_containers(lot) if one.kind == Material.Kind.DOSE]


def roles_signed(lot: Lot) -> set[str]:
    """The roles in which the certificate, as it stands now, was signed."""
    standing = digest(certificate_of(lot).encode())
    return {one.role for one in certificate_signatures(lot) if one.document_digest == standing}


def label_of_somebody_else(lot: Lot) -> str:
    """What a scanner reads off a container of another patient at the same site."""
    others = Label.objects.filter(state=Label.State.APPLIED, material__lot__site=lot.site)
    other = others.exclude(material__lot=lot).order_by("-printed_at").first()
    return str(other.content["compound"]) if other else "another label"


def dose_entry(course: Course) -> Entry | None:
    """The ledger's entry of the course's first dose."""
    links = Entry.objects.filter(
        action="dose.given", links__chain__kind="course", links__chain__subject=course.id
    )
    return links.first()
