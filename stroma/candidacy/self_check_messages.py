"""What the self-check tells a visitor, in plain words: the reasons, and the questions they come from."""

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from stroma.protocols.domain.blocker import Blocker

MESSAGES: dict[str, str | Promise] = {
    "self_check_neck": _(
        "Your pain is in the neck. Everything offered here is for the lower back. The neck was not studied in "
        "the trials these treatments rest on, so we do not treat it with cells."
    ),
    "self_check_elsewhere": _(
        "Everything offered here is for pain in the lower back, or in a leg because of the lower back."
    ),
    "self_check_age_min": _("You are younger than {limit}. No trial of these treatments included children."),
    "self_check_age_max": _("Hardly any trial included people older than {limit}, so less is known for you."),
    "self_check_pain_duration": _(
        "It has hurt for less than {limit} months. Most back pain of that age gets better without any injection."
    ),
    "self_check_pain_duration_sciatica": _(
        "It has hurt for less than {limit} weeks. Most sciatica of that age gets better without any injection."
    ),
    "self_check_conservative_care": _(
        "You have tried ordinary treatment for less than {limit} months. It comes first: it helps many people, "
        "and the trials asked for it too."
    ),
    "self_check_conservative_care_supervised": _(
        "You have not had exercise or physical therapy guided by a professional. Of everything short of an "
        "operation it has the best lasting results, so it comes first."
    ),
    "self_check_pain_score": _(
        "Your pain is below {limit} of 10. The trials did not treat mild pain, and a needle has risks."
    ),
    "self_check_pain_score_max": _(
        "Your pain is above {limit} of 10. Most trials left out pain this strong; the physiatrist will look for "
        "other causes."
    ),
    "self_check_prior_surgery": _("Your lower back was operated on. That may rule some treatments out."),
    "self_check_pregnancy": _("You are pregnant or breastfeeding. All trials left this out, to be safe."),
    "self_check_infection": _(
        "You have an infection now. It must be over first, or it may be carried into the back."
    ),
    "self_check_cancer": _(
        "You have cancer, or had it within 5 years. All trials left this out, to be safe."
    ),
    "self_check_immunosuppression": _(
        "Your immune system is held down by a medicine or an illness. An infection would be more dangerous."
    ),
    "self_check_autoimmune": _(
        "You have inflammatory arthritis. It can cause back pain and needs its own treatment."
    ),
    "self_check_coagulopathy": _(
        "Your blood does not clot as it should. A needle near the spine is a danger then."
    ),
    "self_check_anticoagulant_hold_plan_missing": _(
        "You take a blood thinner. Do not stop it yourself: the physiatrist and whoever prescribes it decide."
    ),
    "self_check_wants_approved": _(
        "You want a treatment that is approved. No cell treatment for back pain is approved, here or anywhere in "
        "the United States."
    ),
    "self_check_not_sure": _("You are not sure: “{question}” The physiatrist will find out with you."),
}

QUESTIONS: dict[str, str | Promise] = {
    "where": _("Where does it hurt most?"),
    "age_years": _("How old are you?"),
    "pain_months": _("For how many months has it hurt?"),
    "pain_nrs": _("How bad was the pain in the last week, from 0 (none) to 10 (the worst you can imagine)?"),
    "conservative_care_months": _(
        "For how many months have you tried ordinary treatment, such as exercise, medicines or physical therapy?"
    ),
    "supervised_physical_therapy": _("Did a physical therapist guide your exercises?"),
    "prior_lumbar_surgery": _("Has your lower back been operated on?"),
    "is_pregnant_or_breastfeeding": _("Are you pregnant or breastfeeding?"),
    "has_active_infection": _("Do you have an infection now?"),
    "has_cancer": _("Do you have cancer, or had you cancer in the last 5 years?"),
    "is_immunosuppressed": _("Does a medicine or an illness weaken your immune system?"),
    "has_inflammatory_arthritis": _("Do you have inflammatory arthritis, such as rheumatoid arthritis?"),
    "has_bleeding_disorder": _("Do you have an illness that makes you bleed easily?"),
    "takes_anticoagulant": _("Do you take a blood thinner?"),
    "understands_unapproved": _(
        "No cell treatment for back pain is approved in the United States. Would you still want to talk about one?"
    ),
}

# The red flags' own words, marked for translation here: ``domain`` knows no Django.
FLAG_TEXTS = (
    _("Have you lost control of your bladder or bowel, or can you not pass urine as before?"),
    _("Is the skin between your legs, or around your bottom, numb?"),
    _("Are both legs weak, numb or painful, newly or increasingly?"),
    _("Is a leg or foot getting weaker over hours or days?"),
    _("Do you have fever or chills together with your back pain, or a wound that oozes?"),
    _("Have you lost weight without trying, or does new pain wake you every night?"),
    _(
        "Did the pain begin with a fall or an accident, even a small one if you have weak bones or take steroids?"
    ),
    _("Did a tearing pain in back or belly come on suddenly, or do you feel a pulsing lump in the belly?"),
    _("Have you had thoughts of harming yourself?"),
    _("emergency department with MRI at any hour"),
    _("emergency or surgical review the same day"),
    _("medical review the same day"),
    _("urgent referral by a physician"),
    _("urgent imaging"),
    _("emergency call"),
    _("crisis line or emergency department now"),
)


def in_the_visitors_words(blocker: Blocker) -> Blocker:
    """The same reason with the texts among its values in the visitor's language."""
    values = dict(blocker.values)
    if "route" in values:
        values["route"] = gettext(str(values["route"]))
    if blocker.code == "self_check_not_sure":
        values["question"] = str(QUESTIONS[str(values["variable"])])
    return Blocker(blocker.code, values, blocker.source, blocker.weight)
