"""The small clinics that are explored, and for each guard the story in which its absence does harm."""

from stroma.custody.domain.states import LotState
from tests.model import moves
from tests.model.explore import Story
from tests.model.state import BEDSIDE, DONOR, NOBODY, Box, Course, Lot, State, Worn

_OWN = (Lot(0, 0, "A1", signed=moves.TWO_SIGNATURES), Lot(1, 1, "A2", signed=moves.TWO_SIGNATURES))

IDENTITY = Story(
    "identity",
    "two patients with cells of their own, three containers without labels in one laboratory",
    State(
        boxes=(Box(0, "A0"), Box(0, "B0"), Box(1, "A0")),
        lots=_OWN,
        courses=(Course(), Course()),
    ),
    (moves.labeling, moves.releasing, moves.handing_over, moves.pausing, moves.giving),
)
DONATION = Story(
    "donation",
    "a donor's bank, of which three patients are given parts",
    State(
        boxes=(Box(0, "A0", sticker=0, printed=True, applied=True),),
        lots=(Lot(DONOR, NOBODY, "B1", LotState.RELEASED, signed=moves.TWO_SIGNATURES),),
        courses=(Course(), Course(), Course()),
    ),
    (
        moves.setting_aside,
        moves.labeling,
        moves.releasing,
        moves.handing_over,
        moves.pausing,
        moves.giving,
        moves.donor_tested,
    ),
)
SERIES = Story(
    "series",
    "a patient's own bank for a series of treatments, with another patient in the house",
    State(
        boxes=(Box(0, "A0", sticker=0, printed=True, applied=True),),
        lots=(Lot(0, NOBODY, "C1", LotState.RELEASED, signed=moves.TWO_SIGNATURES),),
        courses=(Course(), Course()),
    ),
    (moves.setting_aside, moves.labeling, moves.releasing, moves.handing_over, moves.pausing, moves.giving),
)
CERTIFICATE = Story(
    "certificate",
    "one lot, three people, one of whom holds both roles",
    State(
        boxes=(Box(0, "A0"),),
        lots=(Lot(0, 0, "A1", result="missing"),),
        courses=(Course(),),
    ),
    (moves.labeling, moves.signing, moves.results, moves.releasing),
)
REVIEW = Story(
    "review",
    "one lot, signed while the review of its record has an open finding, which is accepted and comes up again",
    State(
        boxes=(Box(0, "A0"),),
        lots=(Lot(0, 0, "A1", has_finding=True, signed=moves.TWO_SIGNATURES),),
        courses=(Course(),),
    ),
    (moves.labeling, moves.signing, moves.reviewing, moves.releasing),
)
BEDSIDE_STORY = Story(
    "bedside",
    "one patient, two released doses beside the bed, two places, and everything may change meanwhile",
    State(
        boxes=tuple(
            Box(0, division, sticker=n, room=BEDSIDE, printed=True, applied=True, place=BEDSIDE)
            for n, division in enumerate(("A0", "B0"))
        ),
        lots=(Lot(0, 0, "A1", LotState.RELEASED, signed=moves.TWO_SIGNATURES),),
        courses=(Course(),),
    ),
    (
        moves.pausing,
        moves.giving,
        moves.cancelling,
        moves.changing_minds,
        moves.results,
        moves.time_passing,
        moves.discarding,
        moves.releasing,
    ),
)

BADGES = Story(
    "badges",
    "two people at one tablet, their badges given and lost, and a dose for each of two patients to carry",
    State(
        boxes=tuple(Box(n, "A0", sticker=n, printed=True, applied=True) for n in (0, 1)),
        lots=tuple(lot._replace(state=LotState.RELEASED) for lot in _OWN),
        courses=(Course(), Course()),
        staff=(Worn(), Worn()),
    ),
    (moves.handing_over, moves.badges_given_and_lost, moves.pausing, moves.giving),
)

HOUSE = Story(
    "house",
    "two patients, three containers, from the bare container to the bed, while minds change and time passes",
    State(
        boxes=(Box(0, "A0"), Box(0, "B0"), Box(1, "A0")),
        lots=_OWN,
        courses=(Course(), Course()),
    ),
    (
        moves.labeling,
        moves.results,
        moves.releasing,
        moves.handing_over,
        moves.pausing,
        moves.giving,
        moves.changing_minds,
        moves.time_passing,
        moves.discarding,
    ),
)

STORIES = {
    story.name: story
    for story in (HOUSE, IDENTITY, DONATION, SERIES, CERTIFICATE, REVIEW, BEDSIDE_STORY, BADGES)
}

CONTROLS: tuple[tuple[Story, frozenset[str]], ...] = tuple(
    (story, frozenset(off))
    for story, off in (
        (IDENTITY, {"labels_of_another_lot_lie_here"}),
        (IDENTITY, {"donation_mismatch"}),
        (IDENTITY, {"wristband_mismatch"}),
        (IDENTITY, {"place_mismatch"}),
        (IDENTITY, {"container_mismatch"}),
        (IDENTITY, {"label_not_applied", "labels_unaccounted"}),
        (DONATION, {"divisions over the donation"}),
        (DONATION, {"cells_of_somebody_else"}),
        (DONATION, {"donor_ineligible"}),
        (SERIES, {"cells_of_somebody_else"}),
        (CERTIFICATE, {"signature_missing"}),
        (CERTIFICATE, {"one_person_signed_for_two"}),
        (CERTIFICATE, {"credential_is_no_signature"}),
        (CERTIFICATE, {"signer_not_competent"}),
        (CERTIFICATE, {"signed_document_changed"}),
        (CERTIFICATE, {"viability_below_limit", "investigation_missing"}),
        (CERTIFICATE, {"viability_pending"}),
        (REVIEW, {"findings_open", "value_drifts"}),
        (BEDSIDE_STORY, {"lot_not_released"}),
        (BEDSIDE_STORY, {"container_expired"}),
        (BEDSIDE_STORY, {"consent_missing"}),
        (BEDSIDE_STORY, {"place_not_consented", "place_not_consented_any_more"}),
        (BEDSIDE_STORY, {"place_not_consented_any_more"}),
        (BEDSIDE_STORY, {"course_not_open"}),
        (BEDSIDE_STORY, {"time_out_alone"}),
        (BEDSIDE_STORY, {"given_already"}),
        (BEDSIDE_STORY, {"other_time_out_open"}),
        (BEDSIDE_STORY, {"time_out_cancelled"}),
        (BEDSIDE_STORY, {"container_not_seen_whole"}),
        (BEDSIDE_STORY, {"the lock"}),
        (BEDSIDE_STORY, {"the transaction"}),
        (BADGES, {"badge_not_scanned"}),
        (BADGES, {"badge_of_somebody_else"}),
        (BADGES, {"badge_revoked"}),
        (BADGES, {"badge_of_another_site"}),
        (BADGES, {"badge_unknown"}),
        (BADGES, {"badge_unreadable"}),
    )
)
"""Each guard, by the codes of its reasons in every rule that gives them, and where taking it away must do harm."""
