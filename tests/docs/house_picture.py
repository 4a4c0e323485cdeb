"""The picture of the house: the folders in import-linter's order, and the arrows that the code really draws."""

import functools
import tomllib
from collections.abc import Mapping
from pathlib import Path

import grimp

from tests.docs.made import CHECKOUT

# What each folder is for. A folder without words stops the making.
WORDS = {
    "protocols": "what is done: the protocol document, its schema, the shipped library",
    "ledger": "the record nobody can rewrite: chained entries, checkpoints, dossier",
    "look": "how every page looks: base page, parts, the line of a course",
    "clinic": "where and by whom: sites, rooms, people, roles, signatures",
    "patients": "who: identity, conditions, earlier treatments, consent",
    "evidence": "what is known: published results, shown honestly",
    "candidacy": "is it right for me: questions, red flags, criteria, decision",
    "courses": "one patient's walk through one protocol",
    "planning": "when: people, rooms, devices, chains of visits",
    "custody": "whose cells, and where: lots, containers, labels, hand-overs",
    "collection": "step 1: tissue leaves the patient or the donor",
    "processing": "step 2: batch record, culture, counts",
    "release": "step 2, its gate: results, specification, two signatures",
    "injection": "step 3: time-out, dose",
    "follow_up": "recovery: questionnaires, adverse events, the next treatment",
    "registry": "did it work: pain over time by treatment",
    "fhir": "a door: records of other systems come in",
    "dicom": "a door: work lists go out, images come in",
    "simulation": "a synthetic clinic that acts through the same actions",
    "web": "the front door, and each role's home",
    "config": "settings",
    "cli": "the command line",
}


def folders_in_order() -> list[str]:
    """The folders that exist, the earliest first, as ``pyproject.toml`` orders them."""
    settings = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = next(c["layers"] for c in settings["tool"]["importlinter"]["contracts"] if c["type"] == "layers")
    ordered = [
        part.strip().strip("()").removeprefix("stroma.")
        for layer in reversed(layers)
        for part in layer.split("|")
    ]
    package = CHECKOUT / "stroma"
    return [
        name
        for name in ordered
        if (package / name / "__init__.py").is_file() or (package / f"{name}.py").is_file()
    ]


@functools.cache
def imports_between_folders() -> Mapping[str, frozenset[str]]:
    """For each folder, the folders whose modules its own modules import."""
    graph = grimp.build_graph("stroma", cache_dir=None)
    found: dict[str, set[str]] = {name: set() for name in folders_in_order()}
    for module in graph.modules:
        importer = _folder(module)
        for imported in graph.find_modules_directly_imported_by(module):
            if importer in found and (other := _folder(imported)) in found and other != importer:
                found[importer].add(other)
    return {name: frozenset(others) for name, others in found.items()}


def picture_of_the_house() -> str:
    """The folders, one a line, the earliest first: name, what it is for, and what it imports."""
    folders, arrows = folders_in_order(), imports_between_folders()
    width = max(len(name) for name in folders)
    lines = []
    for name in folders:
        if name not in WORDS:
            raise LookupError(f"Say in {Path(__file__).name} what stroma/{name} is for.")
        lines.append(f"{name:<{width}}  {WORDS[name]}")
        earlier = [other for other in folders if other in arrows[name]]
        lines.append(f"{'':<{width}}  <- {', '.join(earlier) or 'nothing'}")
    return "\n".join(["```text", *lines, "```"])


def arrows_of_the_house() -> str:
    """The same arrows as a drawing; one that follows from two others is left out, so that the eye can follow."""
    arrows = imports_between_folders()
    lines = ["```mermaid", "graph BT"]
    for name in folders_in_order():
        lines += [f"    {name} --> {other}" for other in folders_in_order() if other in _needed(arrows, name)]
    return "\n".join([*lines, "```"])


def _needed(arrows: Mapping[str, frozenset[str]], name: str) -> set[str]:
    """What ``name`` imports and reaches by no longer way."""
    return {
        other
        for other in arrows[name]
        if not any(other in _reached(arrows, between) for between in arrows[name] - {other})
    }


def _reached(arrows: Mapping[str, frozenset[str]], name: str) -> set[str]:
    reached: set[str] = set()
    waiting = [name]
    while waiting:
        for other in arrows[waiting.pop()] - reached:
            reached.add(other)
            waiting.append(other)
    return reached


def _folder(module: str) -> str:
    return module.split(".")[1] if "." in module else ""
