"""Addresses of this step's pages."""

from django.urls import path

from stroma.follow_up import views

urlpatterns = [
    path("questionnaire/<uuid:due_id>/", views.questionnaire, name="questionnaire"),
    path("q/<str:token>/", views.questionnaire_by_link, name="questionnaire_by_link"),
]
