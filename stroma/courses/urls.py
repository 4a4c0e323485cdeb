"""Addresses of this step's pages."""

from django.urls import path

from stroma.courses import views

urlpatterns = [
    path("<uuid:course_id>/my-consent/", views.my_consent, name="my_consent"),
    path("<uuid:course_id>/prepare-consent/", views.prepare_consent, name="prepare_consent"),
]
