"""What a forger would do: take guards away and put them back, seal an altered dossier anew with some key."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection

from tests.never.unguarded import guards

PLACES = {"sealed": "sealed texts", "chain": "chains", "tree": "earlier trees"}


@contextmanager
def without_guards(*tables: str) -> Iterator[None]:
    """Take the row guards of ``tables`` away, and put the same ones back."""
    taken = [guard for guard in guards().values() if guard.table in tables]
    if connection.vendor == "postgresql":
        run_sql("SET CONSTRAINTS ALL IMMEDIATE")
    for guard in taken:
        if connection.vendor == "postgresql":
            run_sql(f"DROP FUNCTION IF EXISTS {guard.name}() CASCADE")  # some stand on SQLite alone
        else:
            run_sql(f"DROP TRIGGER {guard.name}")
    yield
    for guard in taken:
        for statement in guard.statements(connection.vendor):
            run_sql(statement)


def run_sql(statement: str, values: Iterable[Any] | None = None) -> None:
    """One statement, as somebody with the database's own tools would run it."""
    with connection.cursor() as cursor:
        cursor.execute(statement, None if values is None else list(values))


def read_lines(dossier: bytes) -> list[dict[str, Any]]:
    """What each line of a dossier says."""
    return [json.loads(line) for line in dossier.splitlines()]


def place_named(line: dict[str, Any]) -> str:
    """The part of the dossier in which a line stands; for an entry, its number."""
    if line["kind"] == "entry":
        return f"entry {line['number']}"
    if line["kind"] == "section":
        return f"section {line['name']}"
    return PLACES.get(line["kind"], line["kind"])


def sealed_anew(lines: list[dict[str, Any]], key: Ed25519PrivateKey) -> bytes:
    """The lines, with counts, numbers, signatures and seal made to fit by whoever holds ``key``."""
    told = [dict(line) for line in lines if line["kind"] != "seal"]
    public = key.public_key().public_bytes_raw().hex()
    for number, line in enumerate((line for line in told if line["kind"] == "entry"), start=1):
        line["number"] = number
    header, head = told[0], told[-1]
    header["public_key"] = head["public_key"] = public
    for kind, count in (
        ("entry", "entries"),
        ("sealed", "sealed_texts"),
        ("chain", "chains"),
        ("tree", "earlier_trees"),
    ):
        header[count] = sum(line["kind"] == kind for line in told)
    head["signature"] = key.sign(rfc8785.dumps(head["text"])).hex()
    parts: dict[str, bytes] = dict.fromkeys(["entries", *PLACES.values()], b"")
    for line in told:
        part = "entries" if line["kind"] == "entry" else place_named(line)
        parts[part] = parts.get(part, b"") + rfc8785.dumps(line) + b"\n"
    before = b"".join(rfc8785.dumps(line) + b"\n" for line in told)
    seal = {
        "kind": "seal",
        "format": "stroma-seal-1",
        "digest": hashlib.sha256(before).hexdigest(),
        "parts": {name: hashlib.sha256(part).hexdigest() for name, part in parts.items()},
    }
    signature = key.sign(rfc8785.dumps(seal)).hex()
    return before + rfc8785.dumps({**seal, "signature": signature}) + b"\n"
