"""Addresses of this step's pages."""

from django.urls import path

from stroma.candidacy import self_check_views as views

urlpatterns = [
    path("self-check/", views.self_check, name="self_check"),
    path("self-check/questions/", views.self_check_questions, name="self_check_questions"),
]
