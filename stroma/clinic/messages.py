"""The sentences for this step's reasons."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MESSAGES: dict[str, str | Promise] = {
    "account_closed": _("This account is closed. Ask the site's administrator."),
    "role_missing": _("This takes one of these roles at this site: {wanted}. Ask a colleague who holds it."),
    "person_not_here": _("This person holds no role at this site now."),
    "competence_missing": _(
        "This site asks for current training in {which}, and none of yours is on record. "
        "Ask quality or the administrator to record it, or let a trained colleague do it."
    ),
    "competence_ended": _(
        "Your training in {which} counts no more since {ended}, and this site asks for it. "
        "Have it renewed and recorded, or let a trained colleague do it."
    ),
    "competence_of_oneself": _("Nobody vouches for themselves. Let a colleague record your training."),
    "competence_unnamed": _("Say what was trained: name the procedure and its version."),
    "competence_trainer_missing": _("Say who gave the training and saw it done."),
    "competence_in_the_future": _("The training lies in the future. Record it once it was given."),
    "competence_ends_first": _("The training would end before it began. Change one of the two days."),
    "competence_withdrawn_before": _("This training counts no more already."),
    "competence_not_askable": _("No step asks for this one, so it cannot be made a condition."),
    "competence_asked_already": _("It stands so already."),
    "competence_of_too_few": _(
        "For {which} it takes {needed} people with current training, and {there} have it on record. "
        "Record their training first; else nobody could go on."
    ),
    "attempts_cleared_before": _("This report was cleared before."),
    "link_asked_by_oneself": _("You asked for this link. A second person confirms it."),
    "link_for_oneself": _("This link is for you. Somebody else confirms it."),
    "link_confirmed_before": _("A second person confirmed this link before."),
    "link_asked_too_long_ago": _("This link was asked for too long ago. Ask for a new one."),
    "link_asked_by_another": _("Only who asked for the link sees it, to hand it over."),
    "link_not_confirmed": _("A second person has not confirmed this link yet."),
    "link_shown_before": _("The link was shown before. Ask for a new one."),
    "badge_live_already": _("This person has a badge here already. Revoke that one first, with the reason."),
    "badge_revoked_before": _("This badge was revoked before."),
    "badge_not_scanned": _("Scan your badge. You have one at this site, so being signed in is not enough."),
    "badge_unreadable": _("That is no staff badge, or one character of it is wrong. Scan the badge again."),
    "badge_unknown": _("STOP. No such badge was given out. Take another one from the administrator."),
    "badge_revoked": _(
        "STOP. This badge was revoked. Use the one you have now, or ask the administrator for one."
    ),
    "badge_of_another_site": _("STOP. This badge is of another site. Use the one of this site."),
    "badge_of_somebody_else": _(
        "STOP. This is somebody else's badge, and you are signed in. Who takes the container over signs in "
        "and scans their own."
    ),
    "badge_letters_not_drawable": _(
        "The badge cannot be printed: the name has letters that the printed typeface lacks. Write it in Latin, "
        "Greek or Cyrillic letters in the account."
    ),
    "last_administrator": _(
        "This is the site's only administrator. Make somebody else an administrator first."
    ),
    "nothing_to_withdraw": _("This person has no passkey and no one-time code."),
    "credential_wrong": _("The password is not right; nothing was signed. Type it again."),
    "changed_since_opened": _(
        "This page has changed since you opened it. {what}: {who}, {at}. "
        "Nothing was recorded and what you entered is kept. Look again, then decide."
    ),
    "opened_by_another": _("Somebody else was signed in when this page was opened. Look again, then decide."),
    "passkey_wrong": _(
        "The passkey is not yours at this site; nothing was signed. Try again, or type your password."
    ),
    "passkey_too_late": _(
        "The passkey answered too late, or this page was sent twice; nothing was signed. Sign again within {within}."
    ),
    "passkey_for_another_text": _(
        "What you were shown has changed; nothing was signed. Read it again, then sign."
    ),
    "signing_locked": _(
        "Too many wrong tries to sign or to sign in. Wait fifteen minutes and try again; nothing was signed."
    ),
    "credential_simulated": _(
        "A simulated signature counts only in a simulated database. Sign with your password."
    ),
}
