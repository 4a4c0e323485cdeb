"""The pages' common ground as a Django application."""

from django.apps import AppConfig


class LookConfig(AppConfig):
    name = "stroma.look"
    label = "look"
