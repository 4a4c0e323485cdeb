"""The step "one patient's walk through one protocol" as a Django application."""

from django.apps import AppConfig


class CoursesConfig(AppConfig):
    """Registers this step's sentences."""

    name = "stroma.courses"
    label = "courses"

    def ready(self) -> None:
        """Called once at start-up."""
        from stroma.courses.messages import MESSAGES
        from stroma.ledger import wording

        wording.register(MESSAGES)
