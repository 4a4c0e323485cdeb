"""The sentences for this step's reasons."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MESSAGES: dict[str, str | Promise] = {
    "label_fact_missing": _("The label cannot be printed: {fact} is not known. Record it first."),
    "label_needs_two_identifiers": _(
        "The label cannot be printed: it needs two different identifiers of the recipient, and {given} were"
        " given."
    ),
    "label_product_code_not_for_cells": _(
        "The label cannot be printed: {product_code} is not a product code for cells. Correct the site's "
        "table."
    ),
    "label_division_not_for_code": _(
        "The label cannot be printed: division 99 may not be used with {product_code}. Give a division from"
        " A0."
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
        "donor "
        "({relation}, biohazard: {biohazard}). Correct the type or the donor's record."
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
