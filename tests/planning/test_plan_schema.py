"""The JSON Schema files say what the code reads."""

import pytest

from tests.docs.plan_tables import plan_schemas


@pytest.mark.parametrize(
    ("path", "text"), plan_schemas().items(), ids=lambda value: getattr(value, "name", "")
)
def test_a_schema_file_is_as_the_code(path, text) -> None:  # type: ignore[no-untyped-def]
    assert path.read_text(encoding="utf-8") == text, "Write it anew: ./run python -m tests.docs --write"
