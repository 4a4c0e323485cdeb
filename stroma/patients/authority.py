"""What patients may do for themselves: with their own record, and with nobody else's.

The role PATIENT at a site says only that somebody is a patient there. An action that a patient may take asks
``authorize`` first, as every action does, and then this.
"""

from datetime import datetime

from stroma.clinic.authority import NotAuthorized
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import User
from stroma.clinic.queries import roles_of
from stroma.patients.models import Patient
from stroma.patients.queries import survivor
from stroma.protocols.domain.blocker import Blocker


def refuse_strangers(by: User, *staff: Role, patient: Patient, at: datetime) -> None:
    """Refuse unless ``by`` acts in one of the ``staff`` roles at the patient's site, or is this patient.

    Without ``staff``, nobody but the patient may. Raises NotAuthorized.
    """
    acts_as_staff = roles_of(by, patient.site, at=at) & frozenset(staff)
    # Asked of the table: an account may have been given since this patient was read.
    if not acts_as_staff and not Patient.objects.filter(pk=survivor(patient).pk, user=by).exists():
        raise NotAuthorized([Blocker("record_of_another", {}, "45 CFR 164.502; 21 CFR 11.10(g)")])
