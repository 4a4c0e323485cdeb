"""The pages' common ground as a Django application."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "stroma.web"
    label = "web"
