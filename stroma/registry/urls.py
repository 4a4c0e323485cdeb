"""Addresses of this step's pages."""

from django.urls import URLPattern, path

from stroma.registry import views

urlpatterns: list[URLPattern] = [
    path("", views.registry_home, name="registry_home"),
    path("pain.csv", views.registry_csv, name="registry_csv"),
]
