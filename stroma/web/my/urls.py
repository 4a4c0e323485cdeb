"""Addresses of the patient's own pages."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
