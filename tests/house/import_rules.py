"""The order of imports: import-linter's contracts, and that every folder stands in them."""

import tomllib
from pathlib import Path
from typing import Any


def contracts(pyproject: Path) -> list[dict[str, Any]]:
    """The contracts as ``pyproject.toml`` writes them."""
    settings = tomllib.loads(pyproject.read_text(encoding="utf-8"))
    return list(settings["tool"]["importlinter"]["contracts"])


def folders_without_contract(package: Path, written: list[dict[str, Any]]) -> list[str]:
    """Folders of ``package`` that no contract orders, and domains that no contract keeps pure."""
    root = package.name
    layers = " ".join(
        layer for c in written if c["type"] == "layers" and "containers" not in c for layer in c["layers"]
    )
    ordered = {word.strip("()|") for word in layers.split()}
    containers = {name for c in written for name in c.get("containers", ())}
    pure = {name for c in written if c["type"] == "forbidden" for name in c["source_modules"]}
    found = []
    for folder in sorted(path for path in package.iterdir() if (path / "__init__.py").is_file()):
        name = f"{root}.{folder.name}"
        if name not in ordered:
            found.append(f"{name} has no place in the order of imports")
        has_domain = (folder / "domain").is_dir()
        if has_domain and not {f"{name}.domain", name} & pure:
            found.append(f"{name}.domain is not kept from Django")
        if has_domain and (folder / "models.py").is_file() and name not in containers:
            found.append(f"{name} is not held to domain, models, queries, actions, forms, views")
    return found
