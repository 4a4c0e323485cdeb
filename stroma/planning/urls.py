"""Addresses of this step's pages."""

from django.urls import path

from stroma.planning import consultation_views as views

urlpatterns = [
    path("consultations/", views.consultations, name="consultations"),
    path("consultation/", views.consultation, name="consultation"),
    path("consultation/<str:key>/", views.consultation_booked, name="consultation_booked"),
    path("consultation/<str:key>/appointment.ics", views.consultation_calendar, name="consultation_calendar"),
    path("consultation/<str:key>/cancel/", views.consultation_cancel, name="consultation_cancel"),
]
