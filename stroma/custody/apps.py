"""The step "whose cells, and where" as a Django application."""

from django.apps import AppConfig


class CustodyConfig(AppConfig):
    """Registers this step's sentences."""

    name = "stroma.custody"
    label = "custody"

    def ready(self) -> None:
        """Called once at start-up."""
        from stroma.custody import queries, reading_queries, transport_queries
        from stroma.custody.messages import MESSAGES
        from stroma.ledger import readers, wording

        wording.register(MESSAGES)
        readers.register("patient_merge", "custody", queries.move_donors)
        readers.register("dossier_chains", "custody", queries.lot_chains_of_course)
        readers.register("verify", "custody", queries.custody_findings)
        readers.register("dossier_files", "scans", reading_queries.photos_of_course)
        readers.register("dossier_files", "transport", transport_queries.log_files_of_course)
