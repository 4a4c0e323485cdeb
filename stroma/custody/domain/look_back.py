"""What is to be done for each recipient when something comes to light about a donor afterwards."""

from dataclasses import dataclass

SOURCE = "21 CFR 1271.350, 1271.370; Stroma custody"


@dataclass(frozen=True, slots=True)
class Received:
    """What became of the containers that a donor's cells gave one recipient."""

    given: int
    held: int
    in_quarantine: int
    """Of those held."""
    discarded: int


def look_back_tasks(received: Received) -> list[str]:
    """Codes of what to do for one recipient, the most urgent first."""
    tasks = []
    if received.held > received.in_quarantine:
        tasks.append("quarantine_what_is_held")
    if received.given:
        tasks += ["tell_physician_and_recipient", "test_recipient", "report_adverse_reaction_if_any"]
    if received.held and received.held == received.in_quarantine:
        tasks.append("decide_on_what_is_held")
    return tasks or ["nothing_was_given"]
