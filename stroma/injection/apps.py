"""The step "step 3" as a Django application."""

from django.apps import AppConfig


class InjectionConfig(AppConfig):
    """Registers this step's sentences."""

    name = "stroma.injection"
    label = "injection"

    def ready(self) -> None:
        """Called once at start-up."""
        from stroma.injection import queries
        from stroma.injection.messages import MESSAGES
        from stroma.ledger import readers, wording

        wording.register(MESSAGES)
        readers.register("course_open_ends", "injection", queries.cells_not_accounted_for)
