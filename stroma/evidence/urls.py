"""Addresses of this step's pages."""

from django.urls import path

from stroma.evidence import views

urlpatterns = [
    path("", views.evidence, name="evidence"),
    path("sources/", views.source_list, name="source_list"),
    path("ordinary/", views.ordinary_evidence, name="ordinary_evidence"),
    path("<slug:study>.csv", views.evidence_csv, name="evidence_csv"),
]
