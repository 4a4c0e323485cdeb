"""The step "did it work" as a Django application."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Registers this step's sentences."""

    name = "stroma.registry"
    label = "registry"

    def ready(self) -> None:
        """Called once at start-up."""
        from stroma.ledger import wording
        from stroma.registry.messages import MESSAGES

        wording.register(MESSAGES)
