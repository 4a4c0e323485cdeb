"""The step "step 3" as a Django application."""

from django.apps import AppConfig


class InjectionConfig(AppConfig):
    """Registers this step's sentences."""

    name = "stroma.injection"
    label = "injection"

    def ready(self) -> None:
        """Called once at start-up."""
        from stroma.injection.messages import MESSAGES
        from stroma.ledger import wording

        wording.register(MESSAGES)
