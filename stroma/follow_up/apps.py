"""The step "recovery" as a Django application."""

from django.apps import AppConfig


class FollowUpConfig(AppConfig):
    """Registers this step's sentences."""

    name = "stroma.follow_up"
    label = "follow_up"

    def ready(self) -> None:
        """Called once at start-up."""
        from stroma.follow_up.messages import MESSAGES
        from stroma.ledger import wording

        wording.register(MESSAGES)
