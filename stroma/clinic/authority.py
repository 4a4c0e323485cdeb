"""The one question every action asks first: may this person do this, here, now?"""

from datetime import datetime

from stroma.clinic.domain.roles import Role, authority_blockers
from stroma.clinic.models import Site, User
from stroma.clinic.queries import roles_of
from stroma.protocols.domain.blocker import Refused


class NotAuthorized(Refused):
    """The person may not do this."""


def authorize(by: User, *roles: Role, site: Site, at: datetime) -> None:
    """Refuse unless ``by`` holds one of ``roles`` at ``site``. Raises NotAuthorized with every reason."""
    blockers = authority_blockers(roles_of(by, site, at=at), roles, is_active=by.is_active, at=at)
    if blockers:
        raise NotAuthorized(blockers)
