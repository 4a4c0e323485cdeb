"""Addresses of quality's home, of lots and certificates, and of what follows a failed lot."""

from django.urls import path

from stroma.release import lot_views, views

urlpatterns = [
    path("", views.quality_home, name="quality_home"),
    path("lots/<uuid:lot_id>/", lot_views.lot_page, name="lot_page"),
    path("lots/<uuid:lot_id>/results/<slug:code>/", views.enter_result, name="enter_result"),
    path("lots/<uuid:lot_id>/certificate/", views.certificate, name="certificate"),
    path("lots/<uuid:lot_id>/sign/", views.sign_certificate, name="sign_certificate"),
    path("lots/<uuid:lot_id>/release/", views.release, name="release_lot"),
    path("lots/<uuid:lot_id>/reject/", views.reject, name="reject_lot"),
    path("rejections/<uuid:rejection_id>/tell/", views.tell_patient, name="tell_patient"),
    path("notices/<uuid:notice_id>/decide/", views.decide_after_failure, name="decide_after_failure"),
]
