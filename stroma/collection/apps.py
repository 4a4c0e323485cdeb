"""The step "step 1: the tissue leaves the patient or donor" as a Django application."""

from django.apps import AppConfig


class CollectionConfig(AppConfig):
    """Registers this step's sentences."""

    name = "stroma.collection"
    label = "collection"

    def ready(self) -> None:
        """Called once at start-up."""
        from stroma.collection.messages import MESSAGES
        from stroma.ledger import wording

        wording.register(MESSAGES)
