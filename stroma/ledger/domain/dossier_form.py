"""A dossier's one byte form: JSON Lines of canonical JSON, in a fixed order, sealed with a signature.

The form is described in ``docs/reference/dossier.md`` and checked by ``verify_dossier.py``, which shares no
code with it. Where the parts come from is no matter of this module: see ``stroma/ledger/dossier.py``.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from stroma.ledger.domain.canonical import canonical, digest
from stroma.ledger.domain.entry import Nature

DOSSIER_FORMAT = "stroma-dossier-1"
SEAL_FORMAT = "stroma-seal-1"


@dataclass(frozen=True, slots=True)
class DossierEntry:
    """An entry's canonical text and hash, its leaf, and the proof that the leaf is in the tree."""

    text: str
    hash: str
    leaf: int
    proof: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class DossierText:
    """A sealed text with its salt, or the time at which both were erased."""

    entry: UUID
    name: str
    digest: str
    salt: str
    text: str
    erased_at: datetime | None


@dataclass(frozen=True, slots=True)
class DossierChain:
    """A chain that is told whole, with its length and the hash of its last entry."""

    name: str
    length: int
    head: str


@dataclass(frozen=True, slots=True)
class EarlierTree:
    """A tree that was signed before, and the proof that the present one begins with it."""

    tree_size: int
    root: str
    proof: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything that one course's dossier says."""

    installation: UUID
    nature: Nature
    course: UUID
    exported_at: datetime
    exported_by: str
    public_key: str
    sections: Mapping[str, Mapping[str, Any]]
    entries: Sequence[DossierEntry]
    sealed_texts: Sequence[DossierText]
    chains: Sequence[DossierChain]
    earlier_trees: Sequence[EarlierTree]
    checkpoint: Mapping[str, Any]


def dossier_bytes(dossier: Dossier, *, sign: Callable[[bytes], str]) -> bytes:
    """The dossier's bytes; ``sign`` gives the Ed25519 signature of its argument as 128 hexadecimal digits."""
    parts: dict[str, bytes] = {"header": _line(_header(dossier))}
    for name, content in sorted(dossier.sections.items()):
        parts[f"section {name}"] = _line({"kind": "section", "name": name, "content": content})
    parts["entries"] = b"".join(_line(_entry(number, e)) for number, e in enumerate(dossier.entries, start=1))
    parts["sealed texts"] = b"".join(_line(_sealed(text)) for text in dossier.sealed_texts)
    parts["chains"] = b"".join(
        _line({"kind": "chain", "name": chain.name, "length": chain.length, "head": chain.head})
        for chain in dossier.chains
    )
    parts["earlier trees"] = b"".join(
        _line(
            {
                "kind": "tree",
                "tree_size": tree.tree_size,
                "root": tree.root,
                "proof": _hexadecimal(tree.proof),
            }
        )
        for tree in dossier.earlier_trees
    )
    parts["checkpoint"] = _line(dossier.checkpoint)
    told = b"".join(parts.values())
    seal = {
        "kind": "seal",
        "format": SEAL_FORMAT,
        "digest": digest(told),
        "parts": {name: digest(part) for name, part in parts.items()},
    }
    return told + _line({**seal, "signature": sign(canonical(seal))})


def _header(dossier: Dossier) -> dict[str, Any]:
    return {
        "kind": "header",
        "format": DOSSIER_FORMAT,
        "nature": dossier.nature,
        "installation": dossier.installation,
        "course": dossier.course,
        "exported_at": dossier.exported_at,
        "exported_by": dossier.exported_by,
        "public_key": dossier.public_key,
        "sections": sorted(dossier.sections),
        "entries": len(dossier.entries),
        "sealed_texts": len(dossier.sealed_texts),
        "chains": len(dossier.chains),
        "earlier_trees": len(dossier.earlier_trees),
    }


def _entry(number: int, entry: DossierEntry) -> dict[str, Any]:
    return {
        "kind": "entry",
        "number": number,
        "entry": json.loads(entry.text),
        "hash": entry.hash,
        "leaf": entry.leaf,
        "proof": _hexadecimal(entry.proof),
    }


def _sealed(text: DossierText) -> dict[str, Any]:
    told = {"kind": "sealed", "entry": text.entry, "name": text.name, "digest": text.digest}
    if text.erased_at is not None:
        return {**told, "erased_at": text.erased_at}
    return {**told, "salt": text.salt, "text": text.text}


def _hexadecimal(hashes: Sequence[bytes]) -> str:
    """One text of 64 digits for each hash: half the punctuation of a list."""
    return b"".join(hashes).hex()


def _line(told: Mapping[str, Any]) -> bytes:
    return canonical(told) + b"\n"
