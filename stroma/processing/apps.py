"""The step "step 2: from tissue to product" as a Django application."""

from django.apps import AppConfig


class ProcessingConfig(AppConfig):
    """Registers this step's sentences."""

    name = "stroma.processing"
    label = "processing"

    def ready(self) -> None:
        """Called once at start-up."""
        from stroma.ledger import wording
        from stroma.processing.messages import MESSAGES

        wording.register(MESSAGES)
