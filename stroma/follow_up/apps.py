"""The step "recovery" as a Django application."""

from django.apps import AppConfig


class FollowUpConfig(AppConfig):
    """Registers this step's sentences, and what it knows of a course that is to be closed."""

    name = "stroma.follow_up"
    label = "follow_up"

    def ready(self) -> None:
        """Called once at start-up."""
        from stroma.follow_up.messages import MESSAGES
        from stroma.follow_up.queries import follow_up_open_ends, move_reports
        from stroma.ledger import readers, wording

        wording.register(MESSAGES)
        readers.register("course_open_ends", "follow_up", follow_up_open_ends)
        readers.register("patient_merge", "follow_up", move_reports)
