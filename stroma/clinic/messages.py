"""The sentences for this step's reasons."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MESSAGES: dict[str, str | Promise] = {
    "account_closed": _("This account is closed. Ask the site's administrator."),
    "role_missing": _("This takes one of these roles at this site: {wanted}. Ask a colleague who holds it."),
    "person_not_here": _("This person holds no role at this site now."),
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
