"""Addresses of this step's pages."""

from django.urls import URLPattern, path

from stroma.planning import consultation_views, views

urlpatterns: list[URLPattern] = [
    path("consultations/", consultation_views.consultations, name="consultations"),
    path("consultation/", consultation_views.consultation, name="consultation"),
    path("consultation/<str:key>/", consultation_views.consultation_booked, name="consultation_booked"),
    path(
        "consultation/<str:key>/appointment.ics",
        consultation_views.consultation_calendar,
        name="consultation_calendar",
    ),
    path(
        "consultation/<str:key>/cancel/", consultation_views.consultation_cancel, name="consultation_cancel"
    ),
    path("courses/<uuid:course_id>/", views.book_chain, name="book_chain"),
    path("courses/<uuid:course_id>/cancel/", views.cancel_chain, name="cancel_chain"),
    path("visits/<uuid:visit_id>/held/", views.visit_held, name="visit_held"),
    path("visits/<uuid:visit_id>/missed/", views.visit_missed, name="visit_missed"),
]
