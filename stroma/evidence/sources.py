"""What the short names of sources stand for, such as ``LEVI25``: one list for every page that names one."""

import csv
import io
from functools import cache
from importlib.resources import files


@cache
def sources() -> dict[str, str]:
    """Short name to citation, by name."""
    text = files("stroma.evidence").joinpath("data", "sources.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(io.StringIO(text))
    return dict(sorted((row["key"], row["source"]) for row in rows))
