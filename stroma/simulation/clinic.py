"""A simulated clinic: a site with its places, people and protocols, made by the same actions a real one is made by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from stroma.clinic.actions import (
    NewPerson,
    add_person,
    add_place,
    adopt_protocol,
    file_authorization,
    issue_badge,
    open_site,
)
from stroma.clinic.actions.competence import ask_for_training, record_training
from stroma.clinic.badge_queries import live_badge
from stroma.clinic.domain.competence import Skill
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import Place, Site, User
from stroma.ledger.actions import found_installation
from stroma.ledger.domain.entry import Nature
from stroma.ledger.models import Installation
from stroma.planning.actions import add_resource
from stroma.protocols.library import ShippedProtocol, shipped_protocols
from stroma.simulation.supplies import add_simulated_equipment

FOUNDER = "simulation"
TEST_FACILITY = "A9999"
"""A facility number set aside for validation (ISBT 128 §5.3); never for clinical use."""

_PEOPLE: tuple[tuple[str, str, tuple[Role, ...]], ...] = (
    ("coordinator", "Casey Coordinator", (Role.COORDINATOR,)),
    ("physiatrist", "Dr. Robin Physiatrist", (Role.PHYSIATRIST,)),
    ("physiatrist2", "Dr. Sam Physiatrist", (Role.PHYSIATRIST,)),
    ("nurse", "Noel Nurse", (Role.NURSE,)),
    ("nurse2", "Nico Nurse", (Role.NURSE,)),
    ("technologist", "Toni Technologist", (Role.TECHNOLOGIST,)),
    ("technologist2", "Terry Technologist", (Role.TECHNOLOGIST,)),
    ("quality", "Quinn Quality", (Role.QUALITY,)),
    ("analyst", "Alex Analyst", (Role.ANALYST,)),
    ("therapist", "Taylor Therapist", (Role.THERAPIST,)),
    ("surgeon", "Dr. Jo Surgeon", (Role.SURGEON,)),
)
_PLACES: tuple[tuple[str, Place.Kind, str], ...] = (
    ("CONSULT-1", Place.Kind.CONSULTING_ROOM, "Consulting room 1"),
    ("CONSULT-2", Place.Kind.CONSULTING_ROOM, "Consulting room 2"),
    ("PROC-1", Place.Kind.PROCEDURE_ROOM, "Procedure room 1"),
    ("LAB-1", Place.Kind.LABORATORY, "Clean room 1"),
    ("INC-1", Place.Kind.INCUBATOR, "Incubator 1"),
    ("LN2-1", Place.Kind.FREEZER, "Nitrogen vapor tank 1"),
    ("THERAPY-1", Place.Kind.THERAPY_ROOM, "Therapy room 1"),
    ("OR-1", Place.Kind.OPERATING_ROOM, "Operating room 1"),
)
_TRAINED: dict[Skill, tuple[str, set[Role]]] = {
    Skill.BATCH_STEP: ("SOP-021 Batch record, version 4", {Role.TECHNOLOGIST}),
    Skill.TIME_OUT: ("SOP-033 Time-out, version 2", {Role.PHYSIATRIST, Role.NURSE, Role.TECHNOLOGIST}),
    Skill.RELEASE: ("SOP-027 Release, version 3", {Role.PHYSIATRIST, Role.QUALITY}),
}
HANDLING = frozenset({Role.TECHNOLOGIST, Role.QUALITY, Role.NURSE, Role.PHYSIATRIST})
"""Who takes containers over, and so wears a badge."""
TRAINED_FOR = timedelta(days=5 * 365)
"""Longer than the demo's clock runs: general knowledge has one to three years."""
_BOOKED_AS = {
    Place.Kind.CONSULTING_ROOM: "consulting_room",
    Place.Kind.PROCEDURE_ROOM: "procedure_room",
    Place.Kind.LABORATORY: "laboratory",
    Place.Kind.THERAPY_ROOM: "therapy_room",
    Place.Kind.OPERATING_ROOM: "operating_room",
}
_DEVICES: tuple[tuple[str, str], ...] = (
    ("c_arm", "C-arm 1"),
    ("centrifuge", "Centrifuge 1"),
    ("biosafety_cabinet", "Biosafety cabinet 1"),
    ("biosafety_cabinet", "Biosafety cabinet 2"),
    *(("incubator_place", f"Incubator place {number}") for number in range(1, 7)),
)
"""Six cultures at once: an incubator with six shelves, the cells of one person on a shelf."""


@dataclass(frozen=True)
class SimulatedClinic:
    """A site and everybody and everything in it that a walk needs by name."""

    site: Site
    administrator: User
    people: dict[str, User]
    places: dict[str, Place]

    def person(self, name: str) -> User:
        """The person of that part: ``physiatrist``, ``technologist2``."""
        return self.people[name]

    def place(self, code: str) -> Place:
        """The place with that code."""
        return self.places[code]

    def badge_scan(self, person: User) -> dict[str, str]:
        """What a scanner reads off the person's badge, by the name of the scan; nothing where they have none."""
        badge = live_badge(person, self.site)
        return {"badge": badge.code} if badge else {}


def simulated_clinic_at(site: Site) -> SimulatedClinic:
    """The simulated clinic that was opened at ``site``, found again by the parts its people and places play."""
    people = {
        user.username.rpartition("-")[0]: user
        for user in User.objects.filter(role_assignments__site=site).distinct()
    }
    places = {place.code: place for place in Place.objects.filter(site=site)}
    return SimulatedClinic(site, people["administrator"], people, places)


def give_badges(clinic: SimulatedClinic, at: datetime) -> None:
    """Give everybody who takes containers over the badge that they scan from then on."""
    for part, _printed, held in _PEOPLE:
        if not HANDLING.isdisjoint(held):
            issue_badge(site=clinic.site, person=clinic.person(part), by=clinic.administrator, at=at)


def found_simulated_database(at: datetime) -> None:
    """Declare the database simulated. Raises AlreadyFounded in a real one."""
    found_installation(nature=Nature.SIMULATED, by=FOUNDER, at=at)


def open_simulated_clinic(
    *,
    name: str,
    protocols: Sequence[ShippedProtocol],
    time_zone: str = "America/New_York",
    staff: Mapping[str, str] | None = None,
    address: str = "1 Simulated Street, Alpharetta, Georgia (simulated)",
    at: datetime,
) -> SimulatedClinic:
    """Open a site with people, places, devices, protocols, and demo authorizations for those that need one.

    ``staff`` gives the printed name of whoever plays a part (``physiatrist2``, ``administrator``); who is not named
    there is called after the part.
    """
    named = staff or {}
    number = Site.objects.count() + 1
    suffix = f"-{number}"
    site, administrator = open_site(
        name=f"{name} {number}" if Site.objects.filter(name=name).exists() else name,
        facility_number=TEST_FACILITY,
        time_zone=time_zone,
        address=address,
        administrator=NewPerson(f"administrator{suffix}", named.get("administrator", "Ari Administrator")),
        by=FOUNDER,
        at=at,
    )
    people = {
        part: add_person(
            site=site,
            person=NewPerson(part + suffix, named.get(part, printed)),
            roles=list(roles),
            by=administrator,
            at=at,
        )
        for part, printed, roles in _PEOPLE
    }
    places = {
        code: add_place(site=site, kind=kind, name=title, code=code, by=administrator, at=at)
        for code, kind, title in _PLACES
    }
    _train(site, people, administrator, at)
    _add_resources(site, people, places, administrator, at)
    for shipped in protocols:
        adopt_protocol(site=site, document=shipped.text, by=administrator, at=at)
        if shipped.protocol.legal.authorization_required:
            _authorize_demo(site, shipped, administrator, at)
    add_simulated_equipment(site, by=people["technologist"], at=at)
    return SimulatedClinic(site, administrator, people, places)


def _train(site: Site, people: dict[str, User], administrator: User, at: datetime) -> None:
    """Record everybody's training, then let quality ask for it."""
    for skill, (procedure, roles) in _TRAINED.items():
        for part, _printed, held in _PEOPLE:
            if roles & set(held):
                record_training(
                    site=site,
                    person=people[part],
                    skill=skill,
                    procedure=procedure,
                    trained_by="Terry Trainer (simulated)",
                    trained_at=at,
                    valid_until=at + TRAINED_FOR,
                    by=administrator,
                    at=at,
                )
        reason = "Nobody does this untrained."
        ask_for_training(site=site, skill=skill, is_needed=True, reason=reason, by=people["quality"], at=at)


def _add_resources(
    site: Site, people: dict[str, User], places: dict[str, Place], administrator: User, at: datetime
) -> None:
    for part, user in people.items():
        kind = part.rstrip("2")
        if kind != "analyst":
            add_resource(site=site, kind=kind, name=user.name, user=user, by=administrator, at=at)
    for place in places.values():
        if booked_as := _BOOKED_AS.get(Place.Kind(place.kind)):
            add_resource(site=site, kind=booked_as, name=place.name, place=place, by=administrator, at=at)
    for kind, title in _DEVICES:
        add_resource(site=site, kind=kind, name=title, by=administrator, at=at)


def _authorize_demo(site: Site, shipped: ShippedProtocol, administrator: User, at: datetime) -> None:
    protocol = shipped.protocol
    what = "trial authorization" if protocol.research_only else "investigational new drug application"
    file_authorization(
        site=site,
        protocol_id=protocol.id,
        reference=f"DEMO-{'TRIAL' if protocol.research_only else 'IND'}-{protocol.id}",
        title=f"Demo {what} for {protocol.title} (simulated)",
        valid_from=at,
        valid_to=at + timedelta(days=3650),
        by=administrator,
        at=at,
    )


def have_a_simulated_clinic() -> bool:
    """Found a simulated database with one clinic, unless it was founded before; whether anything was made."""
    if Installation.objects.exists():
        return False
    now = timezone.now()
    found_simulated_database(now)
    open_simulated_clinic(name="Alpharetta (simulated)", protocols=shipped_protocols(), at=now)
    return True
