"""Addresses of the pages that anybody may read."""

from django.urls import path

from stroma.web import public_views

urlpatterns = [
    path("cells/", public_views.cells, name="cells"),
    path("treatments/", public_views.treatments, name="treatments"),
    path("procedure/", public_views.procedure, name="procedure"),
    path("sites/", public_views.sites, name="sites"),
]
