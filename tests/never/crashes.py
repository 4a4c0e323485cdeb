"""Each kind of action is killed at one statement after the other: all of it is there afterwards, or nothing."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db import connection, connections

from stroma.clinic.credentials import Simulated
from stroma.clinic.domain.roles import Role
from stroma.collection.actions import collect_tissue
from stroma.courses.actions import consent_to_course
from stroma.custody.actions import apply_label, divide_for_course, hand_over, print_label, register_donor
from stroma.custody.models import Donor, Label, Material
from stroma.injection.actions import cancel_time_out, complete_time_out, give_dose
from stroma.injection.models import TimeOut
from stroma.ledger.models import Entry
from stroma.patients.actions import Place, merge_patients, register_patient, withdraw_consent
from stroma.patients.models import Consent
from stroma.planning.actions import book_chain
from stroma.processing.actions import begin_batch, do_step
from stroma.processing.models import Batch
from stroma.release.actions import release_lot, sign_certificate
from tests.never import switched_off
from tests.never.driver import findings, forked, the_world
from tests.never.house import intake
from tests.never.world import World

POINTS = 8
"""At most so many statements of one action are tried, spread evenly, the first and the last among them."""


@dataclass(frozen=True)
class Killed:
    """An action, and what has to happen before it."""

    act: Callable[[World], object]
    arrange: Callable[[World], object] = lambda world: None


def crash_all() -> dict[str, Any]:
    """Kill every action of the list; then kill one that has no transaction, for the negative control."""
    world = the_world()
    said = {name: _crash(killed, world) for name, killed in ACTIONS.items()}
    found_at_the_end = findings()
    return {
        "actions": said,
        "findings": found_at_the_end,
        "without a transaction": _without_a_transaction(world),
    }


def _crash(killed: Killed, world: World) -> dict[str, Any]:
    killed.arrange(world)
    world.house.later(10)
    before, entries = fingerprint(), Entry.objects.count()
    statements = int(forked(lambda say: _run(killed.act, world, say, at_commit="die"))())
    points = sorted({round(1 + n * (statements - 1) / (POINTS - 1)) for n in range(POINTS)})
    left = {0: fingerprint() == before}  # killed with everything written, right before the commit
    for point in points:
        forked(lambda say, point=point: _run(killed.act, world, say, at_statement=point))()
        left[point] = fingerprint() == before
    # Done again, and killed right after the commit, before anybody heard of it: all of it is there.
    forked(lambda say: _run(killed.act, world, say, at_commit="commit and die"))()
    written = list(Entry.objects.order_by("sequence").values_list("action", flat=True)[entries:])
    return {
        "statements": statements,
        "points": len(left),
        "not as before": [point for point, same in left.items() if not same],
        "written": written,
    }


def _without_a_transaction(world: World) -> dict[str, Any]:
    """Kill a hand-over whose statements stand alone, before its entry: the container has moved, and nobody says so."""
    switched_off.no_lock()
    dose = world.recipient_dose
    place = world.house.clinic.place("LAB-1")
    scans = {**world.house.scans(dose), "place": place.code}

    def act(_world: World) -> object:
        return hand_over(
            material=dose, to_place=place, scans=scans, by=world.house.person("nurse"), at=world.at
        )

    before = fingerprint()
    entry = {"sqlite": "INSERT INTO ledger_entry", "postgresql": "SELECT ledger_record"}[connection.vendor]
    forked(lambda say: _run(act, world, say, at_statement=entry))()
    return {"as before": fingerprint() == before, "findings": findings()}


def _run(
    act: Callable[[World], object],
    world: World,
    say: Callable[[str], None],
    *,
    at_statement: int | str = 0,
    at_commit: str = "",
) -> None:
    """Do it and die: before a statement, by its number or by words in it, or at the commit."""
    seen = 0

    def count(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal seen
        seen += 1
        if seen == at_statement or (isinstance(at_statement, str) and at_statement in sql):
            os._exit(9)
        return execute(sql, params, many, context)

    connection.ensure_connection()
    commit = connection.commit

    def commit_and_die() -> None:
        if at_commit == "commit and die":
            commit()
        say(str(seen))
        os._exit(9)

    if at_commit:
        connection.commit = commit_and_die  # type: ignore[method-assign]  # this process is about to end
    with connection.execute_wrapper(count):
        act(world)
    raise RuntimeError("the action came to its end and was not killed")


def fingerprint() -> str:
    """A digest of every row of every table."""
    connections.close_all()
    tables = sorted(model._meta.db_table for model in apps.get_models())
    digest = hashlib.sha256()
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT * FROM {table}")
            digest.update(repr((table, sorted(map(repr, cursor.fetchall())))).encode())
    return digest.hexdigest()


# --- The actions -------------------------------------------------------------------------------------------


def _register(world: World) -> object:
    return register_patient(
        site=world.house.clinic.site,
        intake=intake("Newcomer"),
        by=world.house.person("coordinator"),
        at=world.at,
    )


def _consent(world: World) -> object:
    spot = world.house.spot(world.consented)
    return consent_to_course(
        course=world.consented,
        places=[Place(spot.target, spot.level, spot.side)],
        language="en",
        method=Consent.Method.SIMULATED,
        by=world.house.person("physiatrist"),
        at=world.at,
    )


def book(world: World) -> object:
    """The visits of the course from which nothing was collected yet."""
    decided = world.consented.decision.decided_at
    return book_chain(
        course=world.consented,
        earliest=world.at,
        held={"screening": decided, "consent": world.at},
        by=world.house.person("coordinator"),
        at=world.at,
    )


def register_own_donor(world: World) -> None:
    """The patient from whom nothing was collected yet gives to nobody else."""
    register_donor(
        site=world.house.clinic.site,
        relation=Donor.Relation.AUTOLOGOUS,
        patient=world.consented.patient,
        by=world.house.person("nurse"),
        at=world.house.later(),
    )


def collect(world: World) -> object:
    """The tissue is collected, just enough of it."""
    rule = world.house.bench(world.consented).protocol.collection
    assert rule is not None
    return collect_tissue(
        donor=Donor.objects.get(patient=world.consented.patient),
        protocol=world.consented.protocol,
        course=world.consented,
        amount=Decimal(str(rule.amount_min)),
        place=world.house.clinic.place("LAB-1"),
        by=world.house.person("physiatrist"),
        at=world.at,
    )


def open_batch(world: World) -> None:
    """Its batch is begun."""
    lot = Material.objects.get(lot__course=world.consented).lot
    begin_batch(lot=lot, by=world.house.person("technologist"), at=world.house.later())


def do_first_step(world: World) -> object:
    """The first step of the batch."""
    batch = Batch.objects.get(lot__course=world.consented)
    material = Material.objects.get(lot=batch.lot)
    step = world.house.bench(world.consented).protocol.processing.steps[0]  # type: ignore[union-attr]  # it has one
    count = (
        world.house.bench(world.consented).laboratory.count(1e9, material.remaining) if step.count else None
    )
    return do_step(
        batch=batch,
        code=step.code,
        material=material,
        count=count,
        by=world.house.person("technologist"),
        at=world.at,
    )


def sign(world: World, part: str, role: Role) -> object:
    """The certificate of the lot in quarantine."""
    by = world.house.person(part)
    return sign_certificate(lot=world.tested_lot, role=role, credential=Simulated(), by=by, at=world.at)


def sign_both(world: World) -> None:
    """Both signatures under it."""
    sign(world, "physiatrist", Role.PHYSIATRIST)
    sign(world, "quality", Role.QUALITY)


def release(world: World) -> object:
    """The lot in quarantine, once it is signed."""
    return release_lot(lot=world.tested_lot, by=world.house.person("quality"), at=world.at)


def _give(world: World) -> object:
    return give_dose(
        time_out=world.ready_time_out,
        volume_ml=world.ready_dose.amount,
        guidance="fluoroscopy",
        by=world.house.person("physiatrist"),
        at=world.at,
    )


def _carry_to_the_bed(world: World) -> object:
    dose, place = world.house.dose_of(world.tested_lot), world.house.clinic.place("PROC-1")
    return hand_over(
        material=dose,
        to_place=place,
        scans={**world.house.scans(dose), "place": place.code},
        to_patient=True,
        by=world.house.person("nurse"),
        at=world.at,
    )


def _time_out(world: World) -> object:
    dose = world.house.dose_of(world.tested_lot)
    return complete_time_out(
        course=world.tested,
        material=dose,
        spot=world.house.spot(world.tested),
        scans=world.house.scans(dose),
        second_person=world.house.person("nurse"),
        by=world.house.person("physiatrist"),
        at=world.at,
    )


def _cancel(world: World) -> object:
    time_out = TimeOut.objects.get(course=world.tested)
    return cancel_time_out(
        time_out=time_out,
        scans=world.house.scans(time_out.material),
        reason="the patient felt unwell",
        seen_whole=True,
        witness=world.house.person("physiatrist"),
        by=world.house.person("nurse"),
        at=world.at,
    )


def _withdraw(world: World) -> object:
    consent = Consent.objects.get(pk=world.tested.consent_id)
    by = world.house.person("nurse")
    return withdraw_consent(consent=consent, reason="not now", by=by, at=world.at)


def _print(world: World) -> object:
    material = Material.objects.get(lot__course=world.consented)
    return print_label(material=material, by=world.house.person("nurse"), at=world.at)


def _apply(world: World) -> object:
    label = Label.objects.get(material__lot__course=world.consented)
    return apply_label(label=label, by=world.house.person("nurse"), at=world.at)


def _divide(world: World) -> object:
    stored = Material.objects.filter(lot=world.bank, kind=Material.Kind.STORED).latest("division")
    return divide_for_course(
        material=stored,
        amount=stored.amount,
        course=world.recipient,
        place=world.house.clinic.place("LAB-1"),
        expires_at=stored.expires_at,
        by=world.house.person("technologist"),
        at=world.at,
    )


def _merge(world: World) -> object:
    return merge_patients(
        duplicate=world.twin,
        survivor=world.consented.patient,
        reason="one person",
        by=world.house.person("coordinator"),
        at=world.at,
    )


ACTIONS = {
    "sign_certificate": Killed(lambda world: sign(world, "physiatrist", Role.PHYSIATRIST)),
    "release_lot": Killed(release, lambda world: sign(world, "quality", Role.QUALITY)),
    "hand_over": Killed(_carry_to_the_bed),
    "complete_time_out": Killed(_time_out),
    "cancel_time_out": Killed(_cancel),
    "give_dose": Killed(_give),
    "register_patient": Killed(_register),
    "consent_to_course": Killed(_consent),
    "book_chain": Killed(book),
    "collect_tissue": Killed(collect, register_own_donor),
    "print_label": Killed(_print),
    "apply_label": Killed(_apply),
    "do_step": Killed(do_first_step, open_batch),
    "withdraw_consent": Killed(_withdraw),
    "divide_for_course": Killed(_divide),
    "merge_patients": Killed(_merge),
}
