"""Addresses of this step's pages."""

from django.urls import URLPattern, path

from stroma.candidacy import self_check_views, views

urlpatterns: list[URLPattern] = [
    path("self-check/", self_check_views.self_check, name="self_check"),
    path("self-check/questions/", self_check_views.self_check_questions, name="self_check_questions"),
    path("patients/<uuid:patient_id>/", views.choose_treatment, name="choose_treatment"),
    path("patients/<uuid:patient_id>/<slug:protocol_id>/", views.assess, name="assess"),
    path("assessments/<uuid:assessment_id>/", views.review, name="review"),
]
