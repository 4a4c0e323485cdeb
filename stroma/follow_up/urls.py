"""Addresses of this step's pages."""

from django.urls import path

from stroma.follow_up import harm_views, views

urlpatterns = [
    path("courses/<uuid:course_id>/adverse-event/", harm_views.report, name="report_adverse_event"),
    path("questionnaire/<uuid:due_id>/", views.questionnaire, name="questionnaire"),
    path("q/<str:token>/", views.questionnaire_by_link, name="questionnaire_by_link"),
]
