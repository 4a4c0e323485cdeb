"""Addresses of quality's home, of lots, cytometry readings and certificates, and of what follows a failed lot."""

from django.urls import path

from stroma.release import cytometry_views, file_views, lot_views, views

urlpatterns = [
    path("", views.quality_home, name="quality_home"),
    path("lots/<uuid:lot_id>/", lot_views.lot_page, name="lot_page"),
    path("lots/<uuid:lot_id>/results/<slug:code>/", views.enter_result, name="enter_result"),
    path("lots/<uuid:lot_id>/cytometry/", cytometry_views.read_cytometry, name="read_cytometry"),
    path("results/<uuid:result_id>/", file_views.result_page, name="result_page"),
    path("results/<uuid:result_id>/file/", file_views.result_file, name="result_file"),
    path("readings/<uuid:reading_id>/", cytometry_views.cytometry_reading, name="cytometry_reading"),
    path("readings/<uuid:reading_id>/gates/<int:number>/", cytometry_views.move_gate, name="move_gate"),
    path("readings/<uuid:reading_id>/record/", cytometry_views.record_cytometry, name="record_cytometry"),
    path("readings/<uuid:reading_id>/report/", cytometry_views.cytometry_report, name="cytometry_report"),
    path("lots/<uuid:lot_id>/certificate/", views.certificate, name="certificate"),
    path("lots/<uuid:lot_id>/sign/", views.sign_certificate, name="sign_certificate"),
    path("lots/<uuid:lot_id>/release/", views.release, name="release_lot"),
    path("lots/<uuid:lot_id>/reject/", views.reject, name="reject_lot"),
    path("rejections/<uuid:rejection_id>/tell/", views.tell_patient, name="tell_patient"),
    path("notices/<uuid:notice_id>/decide/", views.decide_after_failure, name="decide_after_failure"),
]
