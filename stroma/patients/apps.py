"""The step "who" as a Django application."""

from django.apps import AppConfig


class PatientsConfig(AppConfig):
    """Registers this step's sentences."""

    name = "stroma.patients"
    label = "patients"

    def ready(self) -> None:
        """Called once at start-up."""
        from stroma.ledger import wording
        from stroma.patients import account_changes
        from stroma.patients.messages import MESSAGES

        wording.register(MESSAGES)
        account_changes.listen()
