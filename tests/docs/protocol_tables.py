"""The keys of a protocol document, made from its schema: what may be written, what must be, and what it means."""

import ast
import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from stroma.protocols.domain import schema
from stroma.protocols.domain.schema import Protocol

FORMS = {
    r"^[a-z][a-z0-9_]*$": "a code: lower-case letters, digits, `_`",
    r"^differentiation_": "a code that begins with `differentiation_`",
    r"^[a-z][a-z0-9-]*$": "lower-case letters, digits, `-`",
    r"^\d+\.\d+\.\d+$": 'a version: `"1.0.0"`',
    r"^\d{4}-\d{2}-\d{2}$": 'a date: `"2026-11-24"`',
}
"""What a pattern of the schema asks for, in words; a pattern without words stops the making."""

SOURCED = ("source", "confirmed", "note")
"""The three keys of every sourced table, told once."""


def protocol_tables() -> str:
    """One table of keys for the document and each of its tables, in the order of the schema's module."""
    document = Protocol.model_json_schema()
    parts = {"Protocol": document, **{n: d for n, d in document["$defs"].items() if "properties" in d}}
    order = [name for name in ["Protocol", *_classes()] if name in parts]
    lines: list[str] = []
    for name in dict.fromkeys(order):
        lines += _part(name, parts[name], document["$defs"])
    return "\n".join(lines)


def _part(name: str, part: Mapping[str, Any], definitions: Mapping[str, Any]) -> Iterator[str]:
    meanings = _meanings()
    sourced = name != "Protocol" and set(SOURCED) <= set(part["properties"]) and _is_sourced(name)
    yield f"### {name}"
    yield ""
    yield " ".join(part.get("description", "").split())
    yield ""
    if sourced:
        yield "Sourced: also takes `source`, `confirmed` and `note`."
        yield ""
    yield "| Key | What is written | Must it be there? | Meaning |"
    yield "|---|---|---|---|"
    for key, shape in part["properties"].items():
        if sourced and key in SOURCED:
            continue
        must = "yes" if key in part.get("required", ()) else _default(shape)
        yield f"| `{key}` | {_shape(shape, definitions)} | {must} | {_cell(meanings.get((name, key), ''))} |"
    yield ""


def _shape(shape: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    if "$ref" in shape:
        name = shape["$ref"].rpartition("/")[2]
        return (
            f"table [{name}](#{name.lower()})"
            if "properties" in definitions[name]
            else _words(definitions[name])
        )
    if "anyOf" in shape:
        kept = [_shape(part, definitions) for part in shape["anyOf"] if part.get("type") != "null"]
        return " or ".join(kept)
    if "enum" in shape or "const" in shape:
        return _words(shape)
    if shape["type"] == "array":
        return f"list of: {_shape(shape['items'], definitions)}"
    if shape["type"] in {"number", "integer"}:
        return ", ".join([{"number": "number", "integer": "whole number"}[shape["type"]], *_bounds(shape)])
    if shape["type"] == "boolean":
        return "`true` or `false`"
    if shape.get("format") == "duration":
        return 'a duration: `"3 d"`'
    return FORMS[shape["pattern"]] if "pattern" in shape else "text"


def _words(shape: Mapping[str, Any]) -> str:
    words = shape["enum"] if "enum" in shape else [shape["const"]]
    return ", ".join(f'`"{word}"`' if isinstance(word, str) else f"`{word}`" for word in words)


def _bounds(shape: Mapping[str, Any]) -> list[str]:
    said = {
        "minimum": "at least",
        "maximum": "at most",
        "exclusiveMinimum": "more than",
        "exclusiveMaximum": "less than",
    }
    return [f"{words} {shape[name]:g}" for name, words in said.items() if name in shape]


def _default(shape: Mapping[str, Any]) -> str:
    default = shape.get("default")
    if default is None or default in ("", []):
        return "no"
    return f"no: `{str(default).lower() if isinstance(default, bool) else default}`"


def _classes() -> list[str]:
    return [node.name for node in _tree().body if isinstance(node, ast.ClassDef)]


def _is_sourced(name: str) -> bool:
    return issubclass(getattr(schema, name), schema.Sourced)


def _meanings() -> dict[tuple[str, str], str]:
    """The text that stands under a key in the schema's module."""
    found = {}
    for node in _tree().body:
        if not isinstance(node, ast.ClassDef):
            continue
        for key, below in zip(node.body, node.body[1:], strict=False):
            match key, below:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                    found[node.name, name] = text
    return found


def _tree() -> ast.Module:
    return ast.parse(inspect.getsource(schema))


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("``", "`").replace("|", "\\|")
