"""What each role is called on the demo's front page, and what its pages are for."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from stroma.clinic.domain.roles import Role

WHAT_ROLES_DO: dict[Role, tuple[Promise, Promise]] = {
    Role.PATIENT: (_("Patient"), _("My next step, where my cells are, my pain over time")),
    Role.COORDINATOR: (_("Coordinator"), _("Who is late, who is next, and the whole chain of visits")),
    Role.PHYSIATRIST: (_("Physiatrist"), _("Decide who is a candidate, collect, inject, follow up")),
    Role.NURSE: (_("Nurse"), _("The day's visits, calls and questionnaires")),
    Role.TECHNOLOGIST: (_("Technologist"), _("One step at a time at the bench, by scan")),
    Role.QUALITY: (_("Quality"), _("Lots in quarantine, signatures, what went wrong")),
    Role.ANALYST: (_("Registry analyst"), _("Pain over time by treatment, with what is missing")),
    Role.ADMINISTRATOR: (_("Administrator"), _("The site, its people and its protocols")),
    Role.THERAPIST: (_("Physical therapist"), _("The sessions of those treated without cells")),
    Role.SURGEON: (_("Surgeon"), _("Patients on the surgical path")),
}
