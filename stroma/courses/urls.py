"""Addresses of this step's pages. The course's own page is among those of ``stroma.web``."""

from django.urls import URLPattern, path

from stroma.courses import signing_views, views

urlpatterns: list[URLPattern] = [
    path("open/<uuid:decision_id>/", views.open_course, name="open_course"),
    path("<uuid:course_id>/consent/", views.consent, name="consent"),
    path("<uuid:course_id>/care/", views.care, name="give_care"),
    path("<uuid:course_id>/stop/", views.stop, name="stop_course"),
    path("<uuid:course_id>/withdraw/", views.withdraw, name="withdraw"),
    path("<uuid:course_id>/complete/", views.complete, name="complete_course"),
    path("<uuid:course_id>/my-consent/", signing_views.my_consent, name="my_consent"),
    path("<uuid:course_id>/prepare-consent/", signing_views.prepare_consent, name="prepare_consent"),
]
