"""The step "step 2, its gate" as a Django application."""

from django.apps import AppConfig


class ReleaseConfig(AppConfig):
    """Registers this step's sentences and readers."""

    name = "stroma.release"
    label = "release"

    def ready(self) -> None:
        """Called once at start-up."""
        from stroma.ledger import readers, wording
        from stroma.release import certificate_queries, failed_lots, holding, kept_files, late_words, queries
        from stroma.release.messages import MESSAGES

        wording.register(MESSAGES)
        wording.register_terms(late_words.TASKS)
        readers.register("chain_troubles", "release", failed_lots.failed_chains)
        readers.register("count_made", "release", holding.hold_a_new_count)
        readers.register("certificate_standing", "release", certificate_queries.certificate_standing)
        readers.register("dossier_section", "certificates", queries.certificates_section)
        readers.register("dossier_files", "cytometry", kept_files.files_of_course)
