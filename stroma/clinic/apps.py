"""The step "where and by whom" as a Django application."""

from django.apps import AppConfig


class ClinicConfig(AppConfig):
    """Registers this step's sentences."""

    name = "stroma.clinic"
    label = "clinic"

    def ready(self) -> None:
        """Called once at start-up."""
        from stroma.clinic import attempt_reports, credential_changes
        from stroma.clinic.messages import MESSAGES
        from stroma.ledger import wording

        wording.register(MESSAGES)
        credential_changes.listen()
        attempt_reports.listen()
