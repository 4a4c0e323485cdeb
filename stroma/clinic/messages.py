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
    "credential_wrong": _("The password is not right; nothing was signed. Type it again."),
    "credential_simulated": _(
        "A simulated signature counts only in a simulated database. Sign with your password."
    ),
}
