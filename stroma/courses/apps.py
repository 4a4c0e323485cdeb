"""The step "one patient's walk through one protocol" as a Django application."""

from django.apps import AppConfig


class CoursesConfig(AppConfig):
    """Registers this step's sentences."""

    name = "stroma.courses"
    label = "courses"

    def ready(self) -> None:
        """Called once at start-up."""
        from stroma.courses import queries
        from stroma.courses.messages import MESSAGES
        from stroma.ledger import readers, wording

        wording.register(MESSAGES)
        readers.register("patient_merge", "courses", queries.move_courses)
        readers.register("dossier_course", "courses", queries.course_numbered)
        readers.register("dossier_chains", "courses", queries.chains_of_course)
        readers.register("dossier_section", "course", queries.course_section)
        readers.register("dossier_section", "protocol", queries.protocol_section)
        readers.register("dossier_section", "candidacy", queries.candidacy_section)
