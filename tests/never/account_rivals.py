"""Rivals at a patient's account: two confirm it at once, and its address changes while the patient signs."""

from stroma.clinic.credentials import Simulated
from stroma.clinic.models import RoleAssignment, User
from stroma.clinic.queries import adopted_protocol
from stroma.patients import actions as patients
from stroma.patients.actions import accounts
from stroma.patients.domain.attesting import DocumentSeen
from stroma.patients.models import AccountAttestation
from stroma.protocols.domain.spine import Side, Target
from tests.never.account_rows import a_patient_with_account
from tests.never.house import OWN_SAME_DAY
from tests.never.meanwhile import done_after, slowly
from tests.never.rivalry import Rivalry
from tests.never.world import World


def _confirm(world: World) -> object:
    return accounts.attest_account(
        patient=world.consented.patient,
        document=DocumentSeen.PASSPORT,
        by=world.house.person("nurse"),
        at=world.at,
    )


def _account() -> User:
    return User.objects.get(account_given__isnull=False)


def _ready_to_sign(world: World) -> None:
    patient = a_patient_with_account(world)
    RoleAssignment.objects.create(
        user=_account(), site=patient.site, role="PATIENT", active_from=world.house.now
    )
    _confirm(world)


def _sign(world: World) -> object:
    course = world.consented
    return patients.give_consent(
        patient=course.patient,
        protocol=adopted_protocol(course.site, OWN_SAME_DAY),
        places=[
            patients.Place(Target(one.target), one.level, Side(one.side))
            for one in course.consent.targets.all()
        ],
        language="en",
        method="ELECTRONIC",
        decided_at=course.decision.decided_at,
        credential=Simulated(),
        by=_account(),
        at=world.at,
    )


@slowly
def _change_the_address(world: World) -> object:
    account = _account()
    return accounts.void_attestation(account=account, by=account, at=world.at)


CASES = {
    "attestation": Rivalry(
        rivals=2,
        act=_confirm,
        arrange=a_patient_with_account,
        count=lambda _world: AccountAttestation.objects.filter(void=None).count(),
        tables=("patients_accountattestation",),
        look=(accounts, "attesting_blockers"),
    ),
    "address that changes": Rivalry(
        rivals=2,
        act=_sign,
        arrange=_ready_to_sign,
        is_between=True,
        other=_change_the_address,
        count=done_after("patient.attestation_void", "consent.given"),
        tables=("patients_consent",),
        look=(patients, "account_blockers"),
    ),
}
