"""The sentences for this step's reasons."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MESSAGES: dict[str, str | Promise] = {
    "criterion_limit": _(
        "{title}: the value is {value} {unit}, and the protocol asks for {test} {limit} {unit}."
    ),
    "criterion_flag": _("{title}: this does not hold for the patient ({origin}: {basis})."),
    "not_answered": _("{title}: nobody has said. Ask, and assess again."),
    "answer_contradicts_record": _(
        "“{question}” What was said contradicts the patient's record, which was followed. "
        "Correct whichever is wrong."
    ),
    "authorization_missing": _(
        "This treatment may be given only under an authorization ({basis}), and none is on file at this site. "
        "File it first."
    ),
    "red_flag_not_asked": _("This has not been asked yet: {question}"),
    "red_flag_bladder_or_bowel_change": _(
        "New trouble with bladder or bowel is an emergency. Where to go: {route}."
    ),
    "red_flag_saddle_numbness": _("Numbness between the legs is an emergency. Where to go: {route}."),
    "red_flag_both_legs": _(
        "New weakness, numbness or pain in both legs is an emergency. Where to go: {route}."
    ),
    "red_flag_worsening_weakness": _("A leg that grows weaker needs to be seen today. Where to go: {route}."),
    "red_flag_fever_or_infection": _(
        "Fever with back pain may be an infection of the spine. Where to go: {route}."
    ),
    "red_flag_suspected_cancer": _(
        "These signs must be looked into before anything else. Where to go: {route}."
    ),
    "red_flag_recent_injury": _("A broken bone must be ruled out first. Where to go: {route}."),
    "red_flag_tearing_pain": _("Sudden tearing pain may come from a large vessel. Where to go: {route}."),
    "red_flag_self_harm": _("Thoughts of self-harm come first; help is there now. Where to go: {route}."),
    "assessment_decided": _("This assessment has been decided already. Assess again for a new decision."),
    "deceased": _("The record says that this patient has died."),
}
