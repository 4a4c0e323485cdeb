"""Addresses of this step's pages."""

from django.urls import URLPattern, path

from stroma.patients import account_views, views

urlpatterns: list[URLPattern] = [
    path("new/", views.register, name="register_patient"),
    path("<uuid:patient_id>/merge/", views.merge, name="merge_patient"),
    path("<uuid:patient_id>/account/", account_views.give_account, name="give_account"),
    path("<uuid:patient_id>/account/confirm/", account_views.attest_account, name="attest_account"),
    path("<uuid:patient_id>/weight/", views.weigh, name="weigh_patient"),
]
