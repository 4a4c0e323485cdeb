"""Where each role begins."""

from collections.abc import Collection

from stroma.clinic.domain.roles import Role

HOMES: tuple[tuple[Role, str], ...] = (
    (Role.PHYSIATRIST, "physiatrist_home"),
    (Role.SURGEON, "physiatrist_home"),
    (Role.COORDINATOR, "coordinator_home"),
    (Role.QUALITY, "quality_home"),
    (Role.TECHNOLOGIST, "bench_home"),
    (Role.NURSE, "nurse_home"),
    (Role.THERAPIST, "nurse_home"),
    (Role.ANALYST, "registry_home"),
    (Role.ADMINISTRATOR, "administrator_home"),
    (Role.PATIENT, "my_home"),
)
"""The name of each role's home, in the order in which it is chosen for a person who plays several."""


def home_of(roles: Collection[Role]) -> str:
    """The home of a person with these roles; the front page for somebody with none."""
    return next((name for role, name in HOMES if role in roles), "front")
