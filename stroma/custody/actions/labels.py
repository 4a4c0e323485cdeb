"""Labels: printed, put on a container, destroyed, missing."""

from datetime import datetime
from typing import Any

from stroma.clinic.authority import authorize
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import User
from stroma.custody.containers import chains_of
from stroma.custody.domain.labeling import applying_blockers, printing_blockers
from stroma.custody.domain.states import LABEL_TRANSITIONS, LabelState, label_transition_blockers
from stroma.custody.models import Label, Material
from stroma.custody.queries import is_labeled, label_for, loose_labels_beside
from stroma.ledger.domain.canonical import canonical, digest
from stroma.ledger.locks import rows_to_change
from stroma.ledger.record import record
from stroma.ledger.transaction import action
from stroma.protocols.domain.blocker import Blocker, Refused


class NotLabeled(Refused):
    """The label cannot be printed or applied."""


@action
def print_label(*, material: Material, reason: str = "", by: User, at: datetime) -> Label:
    """Print a container's label: its content follows from material, protocol and law.

    Another one for the same container needs a ``reason``, and labels of another lot that lie at the same place are put
    on or destroyed first, else NotLabeled is raised. Raises NotPrintable with every fact that is missing.
    """
    authorize(
        by, Role.TECHNOLOGIST, Role.QUALITY, Role.NURSE, Role.PHYSIATRIST, site=material.lot.site, at=at
    )
    rows_to_change(Material.objects).get(pk=material.pk)  # two first labels would each need no reason
    blockers = printing_blockers(others_loose=loose_labels_beside(material))
    if Label.objects.filter(material=material).exists() and not reason.strip():
        blockers.append(Blocker("reprint_reason_missing", {}, "FACT/JACIE labeling; clinical.md §6.5"))
    if blockers:
        raise NotLabeled(blockers)
    content = label_for(material)
    shown = content.as_dict()
    label = Label.objects.create(
        material=material,
        version=content.version,
        content=shown,
        digest=digest(canonical(shown)),
        state=Label.State.PRINTED,
        reason=reason.strip(),
        printed_at=at,
        printed_by=by,
    )
    record(
        "label.printed",
        by=by,
        at=at,
        chains=chains_of(material.lot),
        facts={"label": label.id, "container": material.id, "version": label.version},
        sealed={"content": canonical(shown).decode()} | ({"reason": label.reason} if label.reason else {}),
    )
    return label


@action
def apply_label(*, label: Label, by: User, at: datetime) -> Label:
    """Record that the label is on its container; it must not carry another one."""
    lot = label.material.lot
    authorize(by, Role.TECHNOLOGIST, Role.QUALITY, Role.NURSE, Role.PHYSIATRIST, site=lot.site, at=at)
    label = rows_to_change(Label.objects).get(pk=label.pk)
    blockers = applying_blockers(
        is_fresh=LabelState.APPLIED in LABEL_TRANSITIONS[LabelState(label.state)],
        state=label.state.lower(),
        is_labeled=is_labeled(label.material),
    )
    if blockers:
        raise NotLabeled(blockers)
    label.state = Label.State.APPLIED
    label.save(update_fields=["state"])
    record("label.applied", by=by, at=at, chains=chains_of(lot), facts=_label_facts(label))
    return label


@action
def destroy_label(*, label: Label, reason: str, by: User, at: datetime) -> Label:
    """Record that a printed label was destroyed, with the reason."""
    lot = label.material.lot
    authorize(by, Role.TECHNOLOGIST, Role.QUALITY, site=lot.site, at=at)
    label = _settled(label, LabelState.DESTROYED, reason)
    record(
        "label.destroyed",
        by=by,
        at=at,
        chains=chains_of(lot),
        facts=_label_facts(label),
        sealed={"reason": reason},
    )
    return label


@action
def report_label_missing(*, label: Label, reason: str, by: User, at: datetime) -> Label:
    """Record that a label is not where it should be, with what is known of it. It never goes on a container again."""
    lot = label.material.lot
    authorize(by, Role.TECHNOLOGIST, Role.QUALITY, Role.NURSE, Role.PHYSIATRIST, site=lot.site, at=at)
    label = _settled(label, LabelState.MISSING, reason)
    record(
        "label.missing",
        by=by,
        at=at,
        chains=chains_of(lot),
        facts=_label_facts(label),
        sealed={"reason": reason},
    )
    return label


def _settled(label: Label, wanted: LabelState, reason: str) -> Label:
    """The label in its new state. Raises NotLabeled without a reason, or when its state does not allow it."""
    label = rows_to_change(Label.objects).get(pk=label.pk)
    blockers = label_transition_blockers(LabelState(label.state), wanted)
    if not reason.strip():
        blockers.append(Blocker("reason_missing", {}, "21 CFR 11.10(e)"))
    if blockers:
        raise NotLabeled(blockers)
    label.state = wanted.value
    label.save(update_fields=["state"])
    return label


def _label_facts(label: Label) -> dict[str, Any]:
    return {"label": label.id, "container": label.material_id}
