"""Addresses of this step's pages."""

from django.urls import URLPattern, path

from stroma.planning import views

urlpatterns: list[URLPattern] = [
    path("courses/<uuid:course_id>/", views.book_chain, name="book_chain"),
    path("courses/<uuid:course_id>/cancel/", views.cancel_chain, name="cancel_chain"),
    path("visits/<uuid:visit_id>/held/", views.visit_held, name="visit_held"),
    path("visits/<uuid:visit_id>/missed/", views.visit_missed, name="visit_missed"),
]
