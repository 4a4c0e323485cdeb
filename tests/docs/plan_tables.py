"""What ``stroma plan`` reads and writes, as JSON Schema files and as tables, made from the models themselves."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stroma.planning.planner.instance import CLOCK_TIME, WALL_TIME, Instance, Schedule
from tests.docs.made import CHECKOUT

SCHEMAS = {
    CHECKOUT / "docs" / "reference" / "plan-instance.schema.json": Instance,
    CHECKOUT / "docs" / "reference" / "plan-schedule.schema.json": Schedule,
}


def plan_schemas() -> dict[Path, str]:
    """Each schema file and what stands in it."""
    return {
        path: json.dumps(
            {"$schema": "https://json-schema.org/draft/2020-12/schema"} | model.model_json_schema(), indent=1
        )
        + "\n"
        for path, model in SCHEMAS.items()
    }


def plan_tables() -> str:
    """The keys of an instance and of its parts."""
    schema = Instance.model_json_schema()
    parts = {"Instance": schema, **schema["$defs"]}
    return "\n".join(line for name, part in parts.items() for line in _table(name, part))


def _table(name: str, part: dict[str, Any]) -> Iterator[str]:
    yield from (
        f"### {name}",
        "",
        part.get("description", ""),
        "",
        "| Key | Value | Without it | What it is |",
        "|---|---|---|---|",
    )
    required = part.get("required", [])
    for key, value in part["properties"].items():
        absent = "must be given" if key in required else f"`{json.dumps(value.get('default'))}`"
        absent = absent if len(absent) < 60 else "as shown by its table"
        said = " ".join(value.get("description", "").replace("``", "`").split())
        yield f"| `{key}` | {_kind(value)} | {absent} | {said} |"
    yield ""


def _kind(value: dict[str, Any]) -> str:
    if "$ref" in value:
        name = value["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in value:
        return " or ".join(_kind(one) for one in value["anyOf"])
    if "enum" in value:
        return ", ".join(str(one) for one in value["enum"])
    if "const" in value:
        return f"`{value['const']}`"
    match value.get("type"):
        case "array" if "prefixItems" in value:
            return f"({', '.join(_kind(one) for one in value['prefixItems'])})"
        case "array":
            return f"list of {_kind(value['items'])}"
        case "object":
            return f"by id: {_kind(value['additionalProperties'])}"
        case "integer":
            above = value.get("exclusiveMinimum")
            low, high = value.get("minimum") if above is None else above + 1, value.get("maximum")
            return f"whole number, {low} to {high}" if high is not None else "whole number"
        case "string":
            written = {WALL_TIME: "date and time", CLOCK_TIME: "time of day"}.get(
                value.get("pattern", ""), "text"
            )
            return "date" if value.get("format") == "date" else written
        case kind:
            return {"null": "nothing", "boolean": "true or false"}.get(str(kind), str(kind))
