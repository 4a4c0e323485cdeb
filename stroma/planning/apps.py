"""The step "when" as a Django application."""

from django.apps import AppConfig


class PlanningConfig(AppConfig):
    """Registers this step's sentences."""

    name = "stroma.planning"
    label = "planning"

    def ready(self) -> None:
        """Called once at start-up."""
        from stroma.ledger import wording
        from stroma.planning.messages import MESSAGES

        wording.register(MESSAGES)
