"""Where and by whom: sites, places, people, their roles and competence, the protocols a site offers, signatures."""

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from stroma.clinic.domain.competence import Skill
from stroma.clinic.domain.roles import Role
from stroma.ledger.models import Record

SKILL_CHOICES = [
    (Skill.BATCH_STEP.value, _("performing the steps of a batch")),
    (Skill.TIME_OUT.value, _("the time-out before a dose")),
    (Skill.RELEASE.value, _("signing for a release")),
    (Skill.PROCEDURE.value, _("another procedure")),
]
ROLE_CHOICES = [(role.value, _(role.value.lower())) for role in Role]


class Site(Record):
    """A clinic's place of work, with its facility number and its clock."""

    identifies = frozenset[str]()

    name = models.CharField(max_length=120)
    time_zone = models.CharField(max_length=60, default="America/New_York")
    facility_number = models.CharField(max_length=5)
    address = models.TextField(blank=True)
    opened_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """A person with an account. ``uuid`` is the name by which the ledger knows them."""

    identifies = frozenset({"username", "name", "email"})

    first_name = None  # type: ignore[assignment]  # Django's way to drop an inherited field
    last_name = None  # type: ignore[assignment]  # the same
    uuid = models.UUIDField(unique=True, editable=False)
    name = models.CharField("printed name", max_length=150)

    @property
    def ledger_name(self) -> str:
        """The identifier under which entries name this person."""
        return f"user:{self.uuid}"

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


class RoleAssignment(Record):
    """A role a person holds at a site for a time; the end is exclusive, and none means still."""

    identifies = frozenset({"user"})

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="role_assignments")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="role_assignments")
    role = models.CharField(max_length=14, choices=ROLE_CHOICES)
    active_from = models.DateTimeField()
    active_to = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(active_to__isnull=True) | Q(active_to__gt=F("active_from")),
                name="a_role_ends_after_it_begins",
            )
        ]

    def __str__(self) -> str:
        return f"{self.role} at {self.site_id}"


class Competence(Record):
    """That a person was trained at a site: for what, by whom, when, until when. Never changed; taken back by a row.

    ``procedure`` names the document they were trained on, with its version; ``trained_by`` is whoever trained them and
    saw them do it, of the site or from outside. 21 CFR 11.10(i).
    """

    identifies = frozenset({"person", "trained_by"})

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="competences")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="competences")
    skill = models.CharField(max_length=10, choices=SKILL_CHOICES)
    procedure = models.CharField(max_length=200)
    trained_by = models.CharField(max_length=150)
    trained_at = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["trained_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("trained_at")),
                name="a_competence_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=~Q(person=F("recorded_by")), name="nobody_vouches_for_themselves"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.skill} from {self.trained_at:%Y-%m-%d}"


class CompetenceWithdrawal(Record):
    """From when a record of training counts no more, and why."""

    identifies = frozenset({"reason"})

    competence = models.OneToOneField(Competence, on_delete=models.PROTECT, related_name="withdrawal")
    reason = models.CharField(max_length=300)
    withdrawn_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"withdrawn at {self.withdrawn_at:%Y-%m-%d}"


class CompetenceRule(Record):
    """Whether a site asks for current training in a skill, from then on; the newest row of a skill holds."""

    identifies = frozenset({"reason"})

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="competence_rules")
    skill = models.CharField(max_length=10, choices=SKILL_CHOICES)
    is_needed = models.BooleanField()
    reason = models.CharField(max_length=300)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ["decided_at"]

    def __str__(self) -> str:
        return f"{self.skill} {'asked for' if self.is_needed else 'not asked for'}"


class AttemptReport(Record):
    """That wrong tries closed the door of a person's account: told at once to who answers for security at a site."""

    identifies = frozenset({"person"})

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="attempt_reports")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="attempt_reports")
    tries = models.PositiveSmallIntegerField()
    reported_at = models.DateTimeField()

    class Meta:
        ordering = ["reported_at"]

    def __str__(self) -> str:
        return f"{self.tries} tries at {self.reported_at:%Y-%m-%d %H:%M}"


class AttemptClearance(Record):
    """What the wrong tries were, in the words of who looked into them."""

    identifies = frozenset({"reason"})

    report = models.OneToOneField(AttemptReport, on_delete=models.PROTECT, related_name="clearance")
    reason = models.CharField(max_length=300)
    cleared_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    cleared_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"cleared at {self.cleared_at:%Y-%m-%d %H:%M}"


class LinkRequest(Record):
    """That somebody asked for a link by which a person of the site chooses a password: the first of two people."""

    identifies = frozenset({"person"})

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="link_requests")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="link_requests")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()

    class Meta:
        ordering = ["asked_at"]

    def __str__(self) -> str:
        return f"asked at {self.asked_at:%Y-%m-%d %H:%M}"


class LinkStep(Record):
    """What became of a link that was asked for: the second person confirmed it, and it was shown or mailed once."""

    identifies = frozenset[str]()

    class Kind(models.TextChoices):
        CONFIRMED = "CONFIRMED", _("confirmed by a second person")
        HANDED_OVER = "HANDED_OVER", _("handed over")

    request = models.ForeignKey(LinkRequest, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=11, choices=Kind.choices)
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "kind"], name="a_link_is_confirmed_and_shown_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} at {self.done_at:%Y-%m-%d %H:%M}"


class Badge(Record):
    """A badge that a person wears at a site. ``code`` is random and says nothing of the person.

    Never changed; taken back by a row. ``number`` counts a person's: the second is given only once the first was
    revoked, so one is live.
    """

    identifies = frozenset({"person"})

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="badges")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="badges")
    number = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=20, unique=True)
    issued_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "person", "number"], name="a_person_has_one_live_badge_at_a_site"
            )
        ]

    def __str__(self) -> str:
        return f"badge {self.number}"


class BadgeRevocation(Record):
    """From when a badge opens nothing any more, and why."""

    identifies = frozenset({"reason"})

    badge = models.OneToOneField(Badge, on_delete=models.PROTECT, related_name="revocation")
    reason = models.CharField(max_length=300)
    revoked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"revoked at {self.revoked_at:%Y-%m-%d}"


class Place(Record):
    """A room, a storage place or a bedside, with the code that is scanned there."""

    identifies = frozenset[str]()

    class Kind(models.TextChoices):
        CONSULTING_ROOM = "CONSULTING_ROOM", _("consulting room")
        PROCEDURE_ROOM = "PROCEDURE_ROOM", _("procedure room")
        LABORATORY = "LABORATORY", _("laboratory")
        INCUBATOR = "INCUBATOR", _("incubator")
        FREEZER = "FREEZER", _("freezer")
        THERAPY_ROOM = "THERAPY_ROOM", _("therapy room")
        OPERATING_ROOM = "OPERATING_ROOM", _("operating room")

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="places")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    name = models.CharField(max_length=80)
    code = models.CharField(max_length=40)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "code"], name="a_place_code_is_unique_at_its_site")
        ]

    def __str__(self) -> str:
        return self.name


class TreatmentAuthorization(Record):
    """A document under which an unapproved product may be given at a site: an IND, a trial, an exemption."""

    identifies = frozenset[str]()

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="authorizations")
    protocol_id = models.CharField(max_length=60)
    reference = models.CharField(max_length=80)
    title = models.CharField(max_length=200)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="an_authorization_ends_after_it_begins",
            )
        ]

    def __str__(self) -> str:
        return self.reference


class AdoptedProtocol(Record):
    """A protocol version that a site offers: the exact document, never changed. A new version is a new row."""

    identifies = frozenset[str]()

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="adopted_protocols")
    protocol_id = models.CharField(max_length=60)
    version = models.CharField(max_length=20)
    digest = models.CharField(max_length=64)
    document = models.TextField()
    adopted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    adopted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "protocol_id", "version"], name="a_version_is_adopted_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.protocol_id}@{self.version}"


class Signature(Record):
    """Somebody's signature under exactly one text: printed name, time, meaning, and the digest of what was shown.

    21 CFR 11.50, 11.70, 11.200. It holds only while the thing signed still has that digest.
    """

    identifies = frozenset({"signer", "printed_name"})

    class Meaning(models.TextChoices):
        AUTHORSHIP = "AUTHORSHIP", _("authorship")
        REVIEW = "REVIEW", _("review")
        APPROVAL = "APPROVAL", _("approval")
        RESPONSIBILITY = "RESPONSIBILITY", _("responsibility")

    class Method(models.TextChoices):
        PASSWORD = "PASSWORD", _("user name and password")
        PASSKEY = "PASSKEY", _("passkey")
        SIMULATED = "SIMULATED", _("simulated")

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    signer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="signatures")
    printed_name = models.CharField(max_length=150)
    role = models.CharField(max_length=14, choices=ROLE_CHOICES)
    meaning = models.CharField(max_length=14, choices=Meaning.choices)
    document_kind = models.CharField(max_length=40)
    document_id = models.UUIDField(db_index=True)
    document_digest = models.CharField(max_length=64)
    method = models.CharField(max_length=10, choices=Method.choices)
    signed_at = models.DateTimeField()

    class Meta:
        ordering = ["signed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["document_id", "document_digest", "signer"], name="one_person_signs_a_text_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.meaning} of {self.document_kind}"

    def as_facts(self) -> dict[str, Any]:
        """What the ledger keeps of a signature."""
        return {
            "signature": self.id,
            "signer": self.signer.ledger_name,
            "role": self.role,
            "meaning": self.meaning,
            "method": self.method,
            "document": {"kind": self.document_kind, "id": self.document_id, "digest": self.document_digest},
            "signed_at": self.signed_at,
        }
