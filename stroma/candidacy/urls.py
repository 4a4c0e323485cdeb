"""Addresses of this step's pages."""

from django.urls import URLPattern, path

from stroma.candidacy import views

urlpatterns: list[URLPattern] = [
    path("patients/<uuid:patient_id>/", views.choose_treatment, name="choose_treatment"),
    path("patients/<uuid:patient_id>/<slug:protocol_id>/", views.assess, name="assess"),
    path("assessments/<uuid:assessment_id>/", views.review, name="review"),
]
