"""Who: a patient, what came with them (conditions, medication, treatments, measurements), what they consent to.

Health facts are kept as they came, with their codes; what they mean for a treatment is ``candidacy``'s to say.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stroma.clinic.models import AdoptedProtocol, Signature, Site, User
from stroma.ledger.models import Record
from stroma.patients.domain.attesting import DocumentSeen
from stroma.protocols.domain.spine import LEVELS, Side, Target

DOCUMENTS = [
    (DocumentSeen.PASSPORT.value, _("passport")),
    (DocumentSeen.IDENTITY_CARD.value, _("identity card")),
    (DocumentSeen.DRIVING_LICENSE.value, _("driving license")),
    (DocumentSeen.RESIDENCE_PERMIT.value, _("residence permit")),
    (DocumentSeen.OTHER.value, _("another document with a photo")),
]
SEXES = [("female", _("female")), ("male", _("male")), ("other", _("other")), ("unknown", _("unknown"))]


class Patient(Record):
    """A person under a site's care. ``record_number`` is what a wristband carries; it means nothing elsewhere."""

    identifies = frozenset(
        {
            "record_number",
            "family_name",
            "given_names",
            "birth_date",
            "birth_date_is_partial",
            "is_deceased",
            "deceased_at",
            "sex",
            "language",
        }
    )

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="patients")
    record_number = models.CharField(max_length=12)
    family_name = models.CharField(max_length=120)
    given_names = models.CharField(max_length=200)
    birth_date = models.DateField()
    birth_date_is_partial = models.BooleanField(default=False)
    sex = models.CharField(max_length=7, choices=SEXES)
    is_deceased = models.BooleanField(default=False)
    deceased_at = models.DateTimeField(null=True)
    language = models.CharField(max_length=12, default="en")
    user = models.OneToOneField(User, on_delete=models.PROTECT, null=True, related_name="patient")
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="merged_from")
    registered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "record_number"], name="a_record_number_is_unique_at_its_site"
            ),
            models.CheckConstraint(
                condition=Q(deceased_at__isnull=True) | Q(is_deceased=True),
                name="a_time_of_death_means_deceased",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=models.F("id")),
                name="a_patient_is_not_merged_into_itself",
            ),
        ]

    def __str__(self) -> str:
        return f"patient {self.record_number}"


class AccountGiven(Record):
    """Who gave a patient the account for their own pages: the first of two people."""

    identifies = frozenset({"account"})

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    account = models.OneToOneField(User, on_delete=models.PROTECT, related_name="account_given")
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"given at {self.given_at:%Y-%m-%d %H:%M}"


class AccountAttestation(Record):
    """That a second person saw the patient, and that the account and its mail address are theirs.

    Never changed; it holds until a row says that it is void. ``number`` counts those of one account: the next is
    written only once the one before is void. ``is_alone``: nobody else at the site could, so who gave the account did
    both.
    """

    identifies = frozenset({"email"})

    given = models.ForeignKey(AccountGiven, on_delete=models.PROTECT, related_name="attestations")
    number = models.PositiveSmallIntegerField()
    email = models.EmailField()
    document = models.CharField(max_length=16, choices=DOCUMENTS)
    is_alone = models.BooleanField(default=False)
    attested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    attested_at = models.DateTimeField()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["given", "number"], name="an_account_has_one_live_attestation")
        ]

    def __str__(self) -> str:
        return f"attested at {self.attested_at:%Y-%m-%d %H:%M}"


class AttestationVoid(Record):
    """From when an attestation holds no more: the account has, or is about to have, another mail address."""

    identifies = frozenset[str]()

    attestation = models.OneToOneField(AccountAttestation, on_delete=models.PROTECT, related_name="void")
    voided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    voided_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"void since {self.voided_at:%Y-%m-%d %H:%M}"


class PatientAccess(models.Model):
    """Somebody looked at a patient's pages. The patient can read who, when and what; nobody can take it back."""

    identifies = frozenset({"patient", "user"})

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="accesses")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    page = models.CharField(max_length=80)
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ["-seen_at"]
        indexes = [models.Index(fields=["patient", "-seen_at"], name="accesses_of_a_patient")]

    def __str__(self) -> str:
        return f"{self.page} of {self.patient_id}"


class Identifier(Record):
    """A number another system gave this person."""

    identifies = frozenset({"patient", "value", "system", "type_code"})

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="identifiers")
    system = models.CharField(max_length=200)
    value = models.CharField(max_length=120)
    type_code = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "system", "value"], name="an_identifier_names_one_patient_of_a_site"
            )
        ]

    def __str__(self) -> str:
        return f"identifier of {self.patient_id}"


class Contact(Record):
    """How to reach the patient."""

    identifies = frozenset({"patient", "kind", "value"})

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="contacts")
    kind = models.CharField(max_length=10)
    value = models.CharField(max_length=300)

    def __str__(self) -> str:
        return f"contact of {self.patient_id}"


class Condition(Record):
    """A diagnosis or finding, as it came."""

    identifies = frozenset(
        {"patient", "system", "code", "display", "onset", "abated", "is_active", "is_confirmed"}
    )

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="conditions")
    system = models.CharField(max_length=200)
    code = models.CharField(max_length=40)
    display = models.CharField(max_length=300)
    onset = models.DateField(null=True)
    abated = models.DateField(null=True)
    is_active = models.BooleanField()
    is_confirmed = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"condition {self.code}"


class Medication(Record):
    """A medicine the patient takes or took."""

    identifies = frozenset({"patient", "system", "code", "display", "started", "is_active"})

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="medications")
    system = models.CharField(max_length=200)
    code = models.CharField(max_length=40)
    display = models.CharField(max_length=300)
    started = models.DateField(null=True)
    is_active = models.BooleanField()

    def __str__(self) -> str:
        return f"medication {self.code}"


class EarlierTreatment(Record):
    """A procedure done before, here or elsewhere."""

    identifies = frozenset({"patient", "system", "code", "display", "performed", "end"})

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="earlier_treatments")
    system = models.CharField(max_length=200)
    code = models.CharField(max_length=40)
    display = models.CharField(max_length=300)
    performed = models.DateField(null=True)
    end = models.DateField(null=True)

    def __str__(self) -> str:
        return f"treatment {self.code}"


class Measurement(Record):
    """A measured value or a score that came with the patient: a number or a coded answer, in the unit given."""

    identifies = frozenset(
        {
            "patient",
            "system",
            "code",
            "display",
            "value",
            "value_is_number",
            "value_code",
            "unit",
            "measured_at",
        }
    )

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="measurements")
    system = models.CharField(max_length=200)
    code = models.CharField(max_length=40)
    display = models.CharField(max_length=300)
    value = models.CharField(max_length=120)
    value_is_number = models.BooleanField(default=True)
    value_code = models.CharField(max_length=40, blank=True)
    unit = models.CharField(max_length=40, blank=True)
    measured_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"measurement {self.code}"


class Allergy(Record):
    """Something the patient must not be given."""

    identifies = frozenset({"patient", "system", "code", "display", "recorded", "is_active"})

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="allergies")
    system = models.CharField(max_length=200)
    code = models.CharField(max_length=40)
    display = models.CharField(max_length=300)
    recorded = models.DateField(null=True)
    is_active = models.BooleanField()

    def __str__(self) -> str:
        return f"allergy {self.code}"


class Consent(Record):
    """What a patient agreed to: the text's version and digest, and where the needle may go. Withdrawn by a new row."""

    identifies = frozenset({"patient", "language"})

    class Method(models.TextChoices):
        PAPER = "PAPER", _("signed on paper before a witness")
        ELECTRONIC = "ELECTRONIC", _("signed electronically")
        SIMULATED = "SIMULATED", _("simulated")

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="consents")
    protocol = models.ForeignKey(AdoptedProtocol, on_delete=models.PROTECT, related_name="+")
    text_version = models.CharField(max_length=40)
    text_digest = models.CharField(max_length=64)
    language = models.CharField(max_length=12)
    method = models.CharField(max_length=10, choices=Method.choices)
    given_at = models.DateTimeField()
    witnessed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    signature = models.OneToOneField(Signature, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(witnessed_by__isnull=False, signature__isnull=True)
                | Q(witnessed_by__isnull=True, signature__isnull=False),
                name="a_consent_is_witnessed_or_signed",
            )
        ]

    def __str__(self) -> str:
        return f"consent {self.text_version}"


class ConsentedTarget(Record):
    """One place the patient agreed to have injected."""

    identifies = frozenset[str]()

    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, related_name="targets")
    target = models.CharField(max_length=24, choices=[(t.value, t.value) for t in Target])
    level = models.CharField(max_length=7, choices=[(level, level) for level in LEVELS])
    side = models.CharField(max_length=7, choices=[(s.value, _(s.value.lower())) for s in Side])

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["consent", "target", "level", "side"], name="a_target_is_consented_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.target} {self.level} {self.side}"


class ConsentWithdrawal(Record):
    """The patient's word that a consent no longer holds. Nothing is done under it afterwards."""

    identifies = frozenset[str]()

    consent = models.OneToOneField(Consent, on_delete=models.PROTECT, related_name="withdrawal")
    withdrawn_at = models.DateTimeField()
    received_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"withdrawal of {self.consent_id}"
