"""The step "step 2, its gate" as a Django application."""

from django.apps import AppConfig


class ReleaseConfig(AppConfig):
    """Registers this step's sentences."""

    name = "stroma.release"
    label = "release"

    def ready(self) -> None:
        """Called once at start-up."""
        from stroma.release.messages import MESSAGES
        from stroma.ledger import wording

        wording.register(MESSAGES)
