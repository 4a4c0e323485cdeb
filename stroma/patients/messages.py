"""The sentences for this step's reasons."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MESSAGES: dict[str, str | Promise] = {
    "likely_duplicate": _(
        "This may be the patient with record {record} ({reasons}). Look, then say whether they are one person: "
        "`--same-as {record}` adds to that record, `--new` registers somebody else."
    ),
    "merge_with_itself": _("A record cannot be merged with itself. Choose another record."),
    "merge_across_sites": _("These records belong to different sites and cannot be merged."),
    "merged_already": _("One of these records was merged before. Choose the record that is left."),
    "reason_missing": _("A reason is needed and stays on record. Write one."),
    "consent_too_early": _(
        "The protocol gives the patient {waiting} to think after the decision; "
        "the earliest time to consent is {earliest}."
    ),
    "no_place_to_consent": _("This treatment injects nothing, so no place can be consented."),
    "place_not_in_protocol": _(
        "The protocol does not treat {target} at {level}, {side}. Choose a place that it treats."
    ),
    "no_place_named": _("Name the level and the side that the patient agrees to."),
    "too_many_levels": _("{levels} levels were named; the protocol treats at most {limit} at once."),
    "account_given_already": _("This patient has an account already."),
    "account_missing": _("This patient has no account yet. Give one first."),
    "account_given_by_oneself": _(
        "You gave this account. A colleague confirms that it is the patient's, with the patient before them."
    ),
    "account_of_oneself": _("This account is yours. Somebody else confirms it."),
    "account_attested_before": _("It was confirmed before that this account is the patient's."),
    "account_has_other_addresses": _(
        "Codes to sign in to this account go to another mail address too. Let the patient remove it first, on the "
        "page of their account."
    ),
    "account_not_attested": _(
        "Nobody has confirmed yet that this account and its mail address are yours. At your visit show a document with "
        "a photo to somebody of the staff, not to who gave you the account. Or sign on paper there."
    ),
    "record_of_another": _("This record belongs to somebody else. You can do this only for yourself."),
    "consent_withdrawn_already": _("This consent was withdrawn before."),
}
