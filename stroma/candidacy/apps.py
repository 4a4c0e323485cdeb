"""The step "is it right for me" as a Django application."""

from django.apps import AppConfig


class CandidacyConfig(AppConfig):
    """Registers this step's sentences and what a merge of patient records does here."""

    name = "stroma.candidacy"
    label = "candidacy"

    def ready(self) -> None:
        """Called once at start-up."""
        from stroma.candidacy import queries, self_check_messages
        from stroma.candidacy.messages import MESSAGES
        from stroma.ledger import readers, wording

        wording.register(MESSAGES)
        wording.register(self_check_messages.MESSAGES)
        readers.register("patient_merge", "candidacy", queries.move_assessments)
