"""Addresses of this step's pages."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
