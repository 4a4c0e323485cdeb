"""Addresses of the bench and of the batch record."""

from django.urls import path

from stroma.processing import views

urlpatterns = [
    path("", views.bench_home, name="bench_home"),
    path("lots/<uuid:lot_id>/begin/", views.begin_batch, name="begin_batch"),
    path("batches/<uuid:batch_id>/", views.batch_step, name="batch_step"),
    path("batches/<uuid:batch_id>/scans/<uuid:scan_id>/", views.batch_values, name="batch_values"),
    path("batches/<uuid:batch_id>/record/", views.batch_record, name="batch_record"),
    path("batches/<uuid:batch_id>/close/", views.close_batch, name="close_batch"),
]
