"""Every made part by its name, but for the transcript of the walk, which needs a database."""

from collections.abc import Callable, Mapping

from tests.docs.answers_tables import laboratory_table, questions_table, red_flags_table
from tests.docs.house_picture import arrows_of_the_house, picture_of_the_house
from tests.docs.plan_tables import plan_tables
from tests.docs.protocol_tables import protocol_tables
from tests.docs.state_diagrams import (
    container_diagram,
    course_diagram,
    label_diagram,
    lot_diagram,
    visit_diagram,
)

MAKERS: Mapping[str, Callable[[], str]] = {
    "house": picture_of_the_house,
    "arrows": arrows_of_the_house,
    "lots": lot_diagram,
    "containers": container_diagram,
    "labels": label_diagram,
    "courses": course_diagram,
    "visits": visit_diagram,
    "plan": plan_tables,
    "protocol": protocol_tables,
    "questions": questions_table,
    "red-flags": red_flags_table,
    "laboratory": laboratory_table,
}
