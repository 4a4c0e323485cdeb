"""Addresses of quality's home, of lots, cytometry readings and certificates, and of what follows a failed lot."""

from django.urls import path

from stroma.release import (
    certificate_views,
    cytometry_views,
    file_views,
    late_views,
    lot_views,
    quality_views,
    stain_views,
    views,
)

urlpatterns = [
    path("", views.quality_home, name="quality_home"),
    path("lots/<uuid:lot_id>/", lot_views.lot_page, name="lot_page"),
    path("lots/<uuid:lot_id>/results/<slug:code>/", views.enter_result, name="enter_result"),
    path("lots/<uuid:lot_id>/cytometry/", cytometry_views.read_cytometry, name="read_cytometry"),
    path("lots/<uuid:lot_id>/stains/<slug:stain_code>/", stain_views.measure_stain, name="measure_stain"),
    path("stains/<uuid:stain_id>/<slug:which>/", stain_views.stain_picture, name="stain_picture"),
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
    path("lots/<uuid:lot_id>/exception/", quality_views.ask_exception, name="ask_exception"),
    path(
        "lots/<uuid:lot_id>/investigate/<slug:code>/",
        quality_views.open_investigation,
        name="open_investigation",
    ),
    path("lots/<uuid:lot_id>/certificate/pdf/", certificate_views.certificate_pdf, name="certificate_pdf"),
    path("verify/", certificate_views.verify_code, name="verify_code"),
    path("verify/<str:certificate_digest>/", certificate_views.verify_certificate, name="verify_certificate"),
    path("controls/", quality_views.control_list, name="control_list"),
    path("controls/new/", quality_views.open_control, name="open_control"),
    path("controls/<uuid:control_id>/", quality_views.control_page, name="control_page"),
    path("holds/<uuid:result_hold_id>/lift/", quality_views.lift_result_hold, name="lift_result_hold"),
    path(
        "investigations/<uuid:investigation_id>/", quality_views.investigation_page, name="investigation_page"
    ),
    path(
        "investigations/<uuid:investigation_id>/conclude/",
        quality_views.conclude_investigation,
        name="conclude_investigation",
    ),
    path("late/<uuid:case_id>/", late_views.late_positive, name="late_positive"),
    path("late/<uuid:case_id>/close/", late_views.close_late_positive, name="close_late_positive"),
    path("late/<uuid:case_id>/<slug:task>/<str:recipient>/", late_views.do_late_step, name="do_late_step"),
    path("rejections/<uuid:rejection_id>/tell/", views.tell_patient, name="tell_patient"),
    path("notices/<uuid:notice_id>/decide/", views.decide_after_failure, name="decide_after_failure"),
]
