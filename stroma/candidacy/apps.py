"""The step "is it right for me" as a Django application."""

from django.apps import AppConfig


class CandidacyConfig(AppConfig):
    """Registers this step's sentences."""

    name = "stroma.candidacy"
    label = "candidacy"

    def ready(self) -> None:
        """Called once at start-up."""
        from stroma.candidacy import self_check_messages
        from stroma.candidacy.messages import MESSAGES
        from stroma.ledger import wording

        wording.register(MESSAGES)
        wording.register(self_check_messages.MESSAGES)
