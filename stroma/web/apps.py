"""The front door and each role's home as a Django application."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Pages that gather what several steps know."""

    name = "stroma.web"
    label = "web"
