"""Addresses of the bedside."""

from django.urls import path

from stroma.injection import views

urlpatterns = [
    path("", views.bedside, name="bedside"),
    path("courses/<uuid:course_id>/time-out/", views.time_out, name="time_out"),
    path("courses/<uuid:course_id>/left/", views.cells_left, name="cells_left"),
    path("time-outs/<uuid:time_out_id>/", views.time_out_done, name="time_out_done"),
    path("time-outs/<uuid:time_out_id>/cancel/", views.cancel_time_out, name="cancel_time_out"),
    path("time-outs/<uuid:time_out_id>/dose/", views.give_dose, name="give_dose"),
]
