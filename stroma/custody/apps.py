"""The step "whose cells, and where" as a Django application."""

from django.apps import AppConfig


class CustodyConfig(AppConfig):
    """Registers this step's sentences."""

    name = "stroma.custody"
    label = "custody"

    def ready(self) -> None:
        """Called once at start-up."""
        from stroma.custody.messages import MESSAGES
        from stroma.ledger import wording

        wording.register(MESSAGES)
