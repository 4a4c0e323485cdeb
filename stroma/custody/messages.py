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
}
