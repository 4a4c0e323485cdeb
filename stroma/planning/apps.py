"""The step "when" as a Django application."""

from django.apps import AppConfig


class PlanningConfig(AppConfig):
    """Registers this step's sentences, its check, and what it does when something happens elsewhere."""

    name = "stroma.planning"
    label = "planning"

    def ready(self) -> None:
        """Called once at start-up."""
        from stroma.ledger import readers, wording
        from stroma.planning.afterwards import (
            free_place_of_harvested_cells,
            free_place_of_lost_cells,
            free_what_is_left,
        )
        from stroma.planning.merging import move_bookings
        from stroma.planning.messages import MESSAGES
        from stroma.planning.overlaps import booking_findings

        wording.register(MESSAGES)
        readers.register("verify", "bookings", booking_findings)
        readers.register("patient_merge", "planning", move_bookings)
        readers.register("course_ended", "planning", free_what_is_left)
        readers.register("cells_lost", "planning", free_place_of_lost_cells)
        readers.register("cells_harvested", "planning", free_place_of_harvested_cells)
