"""The sentences for this step's reasons."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MESSAGES: dict[str, str | Promise] = {
    "lot_state_does_not_allow": _("This lot is {now} and cannot become {wanted}."),
    "container_state_does_not_allow": _("This container is {now} and cannot become {wanted}."),
    "container_holds_less": _("{wanted} {unit} were asked for; the container holds {held} {unit}."),
    "container_not_scanned": _("Scan the label of the container."),
    "donation_mismatch": _(
        "STOP. Expected donation {expected}, scanned {scanned}. This is another donation."
    ),
    "container_mismatch": _("STOP. Expected container {expected}, scanned {scanned} of the same donation."),
    "place_not_scanned": _("Scan the place."),
    "place_mismatch": _("STOP. Expected place {expected}, scanned {scanned}."),
    "wristband_not_scanned": _("Scan the patient's wristband."),
    "wristband_mismatch": _(
        "STOP. This wristband belongs to somebody else. The cells are not for this patient."
    ),
    "scan_unreadable": _("The {which} scan cannot be read: {why}"),
    "lot_not_released": _("This lot is {state}, not released. Quality releases it first."),
    "container_expired": _("This container expired at {expired}. It is not given."),
    "container_not_held": _("This container is {state} and holds nothing."),
    "container_not_labeled": _("This container carries no label. Print and apply one first."),
    "label_not_fresh": _("This label is {state}. Print a new one."),
    "reprint_reason_missing": _(
        "A label was printed for this container before. Say why another one is needed."
    ),
    "label_does_not_fit": _(
        "The label cannot be printed in the size {size}: its text does not fit, even at {points} points. Choose a "
        "larger size."
    ),
    "label_letters_not_drawable": _(
        "The label cannot be printed: a name or an address has letters that the printed typeface lacks. Write it in "
        "Latin, Greek or Cyrillic letters in the record."
    ),
    "label_start_outside": _("This sheet has places 1 to {places}; {start} is not one of them."),
    "label_not_to_print": _(
        "This label is {state}. Only a label that was just printed is drawn; print another one."
    ),
    "facility_number_is_a_test": _(
        "{number} is a facility number for tests. A real site takes the number that ICCBBA gave it."
    ),
    "photo_missing": _("No photo was chosen. Take one of the code first."),
    "photo_without_code": _(
        "No code can be read in this photo. Hold the camera straight above the label, near and in good light, or "
        "use the scanner."
    ),
    "photo_of_several_codes": _(
        "The photo shows {codes} codes that do not belong to one label. Photograph one label alone."
    ),
    "photo_not_read": _("{why}"),
    "labels_of_another_lot_lie_here": _(
        "Labels of {donations} were printed here and are not on their containers. Apply or destroy them first."
    ),
    "labeled_already": _("The container carries a label already. Destroy that one first, with a reason."),
    "donor_not_screened": _(
        "The donor has not been screened. Go through history, records and examination first."
    ),
    "donor_has_risk": _("Screening found a risk of a communicable disease."),
    "donor_tests_missing": _("Results are missing for {agents}."),
    "donor_reactive": _("The donor's tests are not all non-reactive: {agents}."),
    "donor_not_determined": _(
        "The donor's eligibility has not been determined. A physician determines and signs it."
    ),
    "cells_of_somebody_else": _("STOP. These are another person's own cells."),
    "parent_not_released": _("The lot it comes from is {state}; only a released lot is divided."),
    "witness_is_the_same_person": _("The witness must be somebody else."),
    "lot_still_wanted": _(
        "The course is open and this lot has not failed. Stop the course or reject the lot first."
    ),
    "disposition_decided": _("It has been decided before what becomes of this lot."),
    "label_fact_missing": _("The label cannot be printed: {fact} is not known. Record it first."),
    "label_needs_two_identifiers": _(
        "The label cannot be printed: it needs two different identifiers of the recipient, and {given} were "
        "given."
    ),
    "label_product_code_not_for_cells": _(
        "The label cannot be printed: {product_code} is not a product code for cells. Correct the site's "
        "table."
    ),
    "label_division_not_for_code": _(
        "The label cannot be printed: division 99 may not be used with {product_code}. Give a division "
        "from A0."
    ),
    "label_division_malformed": _(
        "The label cannot be printed: {division} is no division; one is 00, or a capital and 0 or a small "
        "letter."
    ),
    "label_division_code_and_99_go_together": _(
        "The label cannot be printed: a six-character division code goes with division 99, and this is "
        "{division}."
    ),
    "label_collection_type_contradicts": _(
        "The label cannot be printed: collection type {collection_type} contradicts what is known of the "
        "donor ({relation}, biohazard: {biohazard}). Correct the type or the donor's record."
    ),
    "label_chain_of_identity_malformed": _(
        "The label cannot be printed: the chain of identity identifier is malformed; one looks like "
        "CHA999926ABC123."
    ),
    "label_number_impossible": _(
        "The label cannot be printed: {fact} is {value}, which cannot be. Measure again."
    ),
    "label_zone_unknown": _(
        "The label cannot be printed: {zone_name} is no time zone such as America/New_York."
    ),
    "label_year_not_encodable": _(
        "The label cannot be printed: {fact} is in {year}; a barcode can carry the years 2000 to 2099."
    ),
    "label_expires_before_collection": _(
        "The label cannot be printed: it would expire at {expires_at}, not after its collection at "
        "{collected_at}."
    ),
    "container_in_quarantine": _(
        "This container is in quarantine. Quality lifts it first, or it is discarded."
    ),
    "container_in_sealed_box": _("This container is in a sealed transport box. Open the box first."),
    "transport_log_missing": _(
        "The temperature log of its transport has not been read. Read it in before the container is given."
    ),
    "person_not_expected": _(
        "You do not receive containers there. A colleague with a part at that place does."
    ),
    "hand_over_undone": _("This hand-over was taken back before."),
    "hand_over_not_the_last": _("Another hand-over followed this one. Take back the last one first."),
    "undo_of_an_undo": _("This hand-over is itself a way back. Hand the container over anew instead."),
    "container_not_stored": _("This container lies in no position of the storage map."),
    "unit_stands_elsewhere": _(
        "The container is at {place}, the unit stands at {unit_place}. Hand the container over first."
    ),
    "position_is_taken": _("Container {container} lies in this position. Choose a free one."),
    "position_not_scanned": _("Scan the position."),
    "position_mismatch": _("STOP. Expected position {expected}, scanned {scanned}."),
    "position_unknown": _("No position at this site has the code {scanned}. Scan it again or type it."),
    "unit_does_not_freeze": _("An incubator does not freeze. Choose a freezer or a tank."),
    "container_not_frozen": _("This container is not frozen."),
    "container_is_frozen": _("This container is frozen."),
    "container_was_thawed": _("This container was thawed and is not frozen again."),
    "part_without_amount": _("Every part needs an amount above zero."),
    "pooling_not_allowed": _("The protocol does not allow pooling."),
    "pool_needs_two": _("Choose two containers or more to pool."),
    "pool_of_two_lots": _("STOP. These containers are of different lots; lots are never pooled."),
    "pool_of_two_kinds": _("Only containers of one kind, measured in one unit, are pooled."),
    "lot_not_in_process": _("This lot is {state}; containers are filled only while it is in process."),
    "hold_lifted_already": _("This quarantine was lifted before."),
    "box_opened_already": _("This box was opened before."),
    "seal_not_scanned": _("Scan the seal of the box."),
    "seal_mismatch": _(
        "STOP. The box was closed with seal {expected}; {scanned} was read. Do not open it: tell quality."
    ),
    "box_still_sealed": _("The box has not been opened yet. Open it, then read its log."),
    "log_read_already": _("The log of this journey was read before."),
    "log_not_the_newest": _("Another log was read meanwhile. Look at it first."),
    "log_is_the_same": _("This very file was read for this journey before."),
    "log_begins_late": _("The log begins after the box was sealed. Use the log of this journey."),
    "log_ends_early": _("The log ends before the box was opened. Read the logger again."),
    "box_under_way": _("This box is under way. It is opened before it is packed again."),
    "box_goes_nowhere": _("The box goes to another place than the one it leaves."),
    "seal_missing": _("Scan or type the number of the seal."),
    "box_empty": _("Choose at least one container."),
    "container_elsewhere": _("A container is not at the place where the box is packed."),
    "packed_not_held": _("A container holds nothing any more."),
    "packed_from_storage": _("A container lies in storage. Take it out first."),
}

REFUSALS: dict[str, str | Promise] = {
    "donation_mismatch": _("Another donation"),
    "container_mismatch": _("Another container of the donation"),
    "container_not_scanned": _("Container not scanned"),
    "place_mismatch": _("Another place"),
    "place_not_scanned": _("Place not scanned"),
    "wristband_mismatch": _("Another patient's wristband"),
    "wristband_not_scanned": _("Wristband not scanned"),
    "scan_unreadable": _("Scan unreadable"),
    "lot_not_released": _("Lot not released"),
    "container_expired": _("Expired"),
    "container_not_held": _("Nothing in it"),
    "container_not_labeled": _("No label on it"),
    "container_in_quarantine": _("Container in quarantine"),
    "container_in_sealed_box": _("In a sealed box"),
    "transport_log_missing": _("Temperature log not read"),
    "person_not_expected": _("Person without a part there"),
    "badge_not_scanned": _("Badge not scanned"),
    "badge_unreadable": _("Badge unreadable"),
    "badge_unknown": _("No such badge"),
    "badge_revoked": _("Badge revoked"),
    "badge_of_another_site": _("Badge of another site"),
    "badge_of_somebody_else": _("Somebody else's badge"),
    "position_is_taken": _("Position taken"),
    "position_mismatch": _("Another position"),
    "position_not_scanned": _("Position not scanned"),
    "position_unknown": _("No such position"),
    "unit_stands_elsewhere": _("Unit stands elsewhere"),
    "container_not_frozen": _("Not frozen"),
    "container_is_frozen": _("Frozen"),
    "container_was_thawed": _("Thawed before"),
    "unit_does_not_freeze": _("Unit does not freeze"),
    "seal_mismatch": _("Another seal"),
    "seal_not_scanned": _("Seal not scanned"),
    "box_opened_already": _("Box opened before"),
}
"""Why a scan was refused, in the few words of a table."""

LOOK_BACK_TASKS: dict[str, str | Promise] = {
    "quarantine_what_is_held": _("Put what is held into quarantine now"),
    "tell_physician_and_recipient": _("Tell the treating physician; the physician tells the recipient"),
    "test_recipient": _("Offer the recipient the tests that the finding asks for"),
    "report_adverse_reaction_if_any": _("Report an adverse reaction, if there is one"),
    "decide_on_what_is_held": _("Decide what becomes of the cells in quarantine"),
    "nothing_was_given": _("Nothing was given and nothing is held: note it"),
}
"""What to do for a recipient, as it is said on the page of a look-back."""
