"""The step "what is known" as a Django application."""

from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    """Published results as data, and the pages that show them honestly."""

    name = "stroma.evidence"
    label = "evidence"
