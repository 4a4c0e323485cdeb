"""The step "step 2: from tissue to product" as a Django application."""

from django.apps import AppConfig


class ProcessingConfig(AppConfig):
    """Registers this step's sentences, and tells planning of running cultures and custody of scanners."""

    name = "stroma.processing"
    label = "processing"

    def ready(self) -> None:
        """Called once at start-up."""
        from stroma.ledger import readers, wording
        from stroma.processing import count_keeping
        from stroma.processing.messages import MESSAGES
        from stroma.processing.queries import harvest_forecasts
        from stroma.processing.register_queries import label_scanners

        wording.register(MESSAGES)
        readers.register("dossier_files", "counts", count_keeping.files_of_course)
        readers.register("scanners", "equipment", label_scanners)
        readers.register("harvest_forecasts", "processing", harvest_forecasts)
