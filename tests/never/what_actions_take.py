"""What an action is asked for, brought to where only its own permission is left to try."""

from typing import Any

from stroma.clinic.domain.badges import new_code
from stroma.clinic.models import (
    AttemptClearance,
    AttemptReport,
    Badge,
    BadgeRevocation,
    Competence,
    CompetenceWithdrawal,
    LinkRequest,
    LinkStep,
)
from stroma.custody import actions as custody
from stroma.custody.models import Donor, Label, Material, SiteProductCode
from stroma.follow_up import actions as follow_up
from stroma.follow_up.domain import adverse_events
from stroma.follow_up.models import QuestionnaireAnswer
from stroma.planning.models import Replan
from stroma.processing import actions as processing
from stroma.processing.models import Batch, CellCount, Equipment, ReagentLot, StepValue
from stroma.protocols.domain.schema import Characterization
from stroma.release import actions as release
from stroma.release.handed_in import HandedIn
from stroma.release.models import CytometryReading, Rejection
from stroma.release.stain_readings import Measured, measured
from tests.never.account_rows import a_void, an_account, an_attestation
from tests.never.rows import a_lot
from tests.never.world import World
from tests.release.kept_readings import a_reading
from tests.release.test_stained_area_is_measured import as_file, photograph


def a_donor(world: World) -> Donor:
    return Donor.objects.create(site=world.house.clinic.site, relation=Donor.Relation.ALLOGENEIC)


def a_training(world: World) -> Competence:
    return Competence.objects.filter(person=world.house.person("nurse2")).get()


def wrong_tries(world: World) -> AttemptReport:
    return AttemptReport.objects.create(
        site=world.house.clinic.site, person=world.house.person("nurse2"), tries=5, reported_at=world.at
    )


def a_link_asked_for(world: World) -> LinkRequest:
    return LinkRequest.objects.create(
        site=world.house.clinic.site,
        person=world.house.person("nurse2"),
        asked_by=world.house.clinic.administrator,
        asked_at=world.house.now,
    )


def a_badge(world: World, part: str = "nurse2", **facts: Any) -> Badge:
    """The first badge of that person, written without any action."""
    values = {
        "site": world.house.clinic.site,
        "person": world.house.person(part),
        "number": 1,
        "code": new_code(),
        "issued_by": world.house.clinic.administrator,
        "issued_at": world.at,
    } | facts
    return Badge.objects.create(**values)


def revoked(world: World, badge: Badge) -> BadgeRevocation:
    """That badge was lost."""
    by = world.house.clinic.administrator
    return BadgeRevocation.objects.create(badge=badge, reason="lost", revoked_by=by, revoked_at=world.at)


def one_row_of_the_clinic(world: World) -> None:
    """A row of each kind that a clinic keeps about its people and that no test world has."""
    quality = world.house.person("quality")
    CompetenceWithdrawal.objects.create(
        competence=a_training(world), reason="seen to fail", withdrawn_by=quality, withdrawn_at=world.at
    )
    SiteProductCode.objects.create(
        site=world.house.clinic.site,
        protocol_id="a-protocol",
        product_code="S0000",
        collection_type="1",
        product_name="MSC",
        imported_by=quality,
        imported_at=world.at,
    )
    asked = a_link_asked_for(world)
    LinkStep.objects.create(request=asked, kind="CONFIRMED", done_by=quality, done_at=world.at)
    revoked(world, a_badge(world))
    a_void(world, an_attestation(world, an_account(world)))
    report = wrong_tries(world)
    AttemptClearance.objects.create(report=report, reason="x", cleared_by=quality, cleared_at=world.at)


def printed(world: World) -> Label:
    return custody.print_label(
        material=world.ready_dose, reason="smudged", by=world.house.person("nurse"), at=world.house.later()
    )


def a_table_of_codes(world: World) -> str:
    return "\n".join(
        [
            "protocol_id,product_code,collection_type,product_name",
            f"{world.ready.protocol.protocol_id},S0000,1,MSC",
        ]
    )


def stored(world: World) -> Material:
    return Material.objects.filter(lot=world.bank, kind=Material.Kind.STORED, state="HELD").earliest(
        "division"
    )


def a_batch(world: World) -> Batch:
    return processing.begin_batch(
        lot=a_lot(world), by=world.house.person("technologist"), at=world.house.later()
    )


def a_value(world: World) -> StepValue:
    """A value of a record that is closed: it may be asked for, and is refused for that reason alone."""
    return StepValue.objects.filter(step__batch__lot=world.bank).earliest("entered_at", "code")


def a_count(world: World) -> CellCount:
    """A count of the same record."""
    return CellCount.objects.filter(step__batch__lot=world.bank).earliest("step__position")


def a_stain(world: World) -> Measured:
    """A stained area that was measured, of photographs that nobody kept yet."""
    test = Characterization(
        code="differentiation_bone", attribute="Bone", stain="alizarin-red", source="general knowledge"
    )
    pictures = [
        HandedIn(f"{share}.png", as_file(photograph(share, "alizarin-red", side=120))) for share in (0.3, 0)
    ]
    return measured(test, *pictures)


def equipment(world: World) -> Equipment:
    return Equipment.objects.get(site=world.house.clinic.site, kind="centrifuge")


def reagent(world: World) -> ReagentLot:
    return ReagentLot.objects.filter(site=world.house.clinic.site).earliest("received_at", "code")


def a_kept_reading(world: World) -> CytometryReading:
    return a_reading(world.bank, by=world.house.person("quality"), at=world.house.later())


def rejection(world: World) -> Rejection:
    return release.reject_lot(
        lot=world.tested_lot, reason="failed", by=world.house.person("quality"), at=world.house.later()
    )


def a_baseline(world: World) -> dict[str, Any]:
    dues = follow_up.plan_follow_up(
        course=world.consented, by=world.house.person("coordinator"), at=world.house.later()
    )
    return {"due": dues[0], "answers": {}}


def an_answer(world: World) -> QuestionnaireAnswer:
    due = a_baseline(world)["due"]
    return QuestionnaireAnswer.objects.create(
        due=due,
        answered_at=world.at,
        entered_at=world.at,
        entered_by=world.house.person("nurse"),
        method="PAPER",
        answers={},
        answered_count=0,
        missing=[],
        prorated=False,
        window="IN_TIME",
    )


def an_event(world: World) -> adverse_events.AdverseEvent:
    return adverse_events.AdverseEvent(
        ctcae_grade=1,
        seriousness=frozenset(),
        related_to=adverse_events.RelatedTo.NONE,
        relation=adverse_events.Relation.UNRELATED,
        is_expected=True,
        onset_at=world.at,
        ended_at=None,
    )


def a_replan(world: World) -> Replan:
    """A plan that was asked for."""
    return Replan.objects.create(
        site=world.house.clinic.site,
        asked_by=world.house.clinic.administrator,
        asked_at=world.house.now,
        upset={"kind": "AWAY"},
        found={"rows": [], "unplaced": [], "left_out": []},
    )
