"""Labels: printed, put on a container, destroyed."""

from datetime import datetime

from stroma.clinic.authority import authorize
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import User
from stroma.custody.containers import chains_of
from stroma.custody.models import (
    Label,
    Material,
)
from stroma.custody.queries import label_for
from stroma.ledger.domain.canonical import canonical, digest
from stroma.ledger.record import record
from stroma.ledger.transaction import action
from stroma.protocols.domain.blocker import Blocker, Refused


class NotLabeled(Refused):
    """The label cannot be printed or applied."""


@action
def print_label(*, material: Material, by: User, at: datetime) -> Label:
    """Print a container's label: its content follows from material, protocol and law.

    Raises NotPrintable with every fact that is missing.
    """
    authorize(
        by, Role.TECHNOLOGIST, Role.QUALITY, Role.NURSE, Role.PHYSIATRIST, site=material.lot.site, at=at
    )
    content = label_for(material)
    shown = content.as_dict()
    label = Label.objects.create(
        material=material,
        version=content.version,
        content=shown,
        digest=digest(canonical(shown)),
        state=Label.State.PRINTED,
        printed_at=at,
        printed_by=by,
    )
    record(
        "label.printed",
        by=by,
        at=at,
        chains=chains_of(material.lot),
        facts={"label": label.id, "container": material.id, "version": label.version},
        sealed={"content": canonical(shown).decode()},
    )
    return label


@action
def apply_label(*, label: Label, by: User, at: datetime) -> Label:
    """Record that the label is on its container; it must not carry another one."""
    lot = label.material.lot
    authorize(by, Role.TECHNOLOGIST, Role.QUALITY, Role.NURSE, Role.PHYSIATRIST, site=lot.site, at=at)
    label = Label.objects.select_for_update().get(pk=label.pk)
    blockers = []
    if label.state != Label.State.PRINTED:
        blockers.append(Blocker("label_not_fresh", {"state": label.state.lower()}, "21 CFR 1271.370"))
    if Label.objects.filter(material=label.material, state=Label.State.APPLIED).exists():
        blockers.append(Blocker("labeled_already", {}, "21 CFR 1271.370"))
    if blockers:
        raise NotLabeled(blockers)
    label.state = Label.State.APPLIED
    label.save(update_fields=["state"])
    record(
        "label.applied",
        by=by,
        at=at,
        chains=chains_of(lot),
        facts={"label": label.id, "container": label.material_id},
    )
    return label


@action
def destroy_label(*, label: Label, reason: str, by: User, at: datetime) -> Label:
    """Record that a printed label was destroyed, with the reason."""
    lot = label.material.lot
    authorize(by, Role.TECHNOLOGIST, Role.QUALITY, site=lot.site, at=at)
    label = Label.objects.select_for_update().get(pk=label.pk)
    if label.state == Label.State.DESTROYED or not reason.strip():
        raise NotLabeled([Blocker("reason_missing", {}, "21 CFR 11.10(e)")])
    label.state = Label.State.DESTROYED
    label.save(update_fields=["state"])
    record(
        "label.destroyed",
        by=by,
        at=at,
        chains=chains_of(lot),
        facts={"label": label.id, "container": label.material_id},
        sealed={"reason": reason},
    )
    return label
