"""Addresses of the bench, of the batch record and of the registers."""

from django.urls import path

from stroma.processing import record_views, recount_views, register_views, same_day_views, views

urlpatterns = [
    path("", views.bench_home, name="bench_home"),
    path("lots/<uuid:lot_id>/begin/", views.begin_batch, name="begin_batch"),
    path("lots/<uuid:lot_id>/touched/", record_views.lot_touched, name="lot_touched"),
    path("batches/<uuid:batch_id>/", views.batch_step, name="batch_step"),
    path("batches/<uuid:batch_id>/scans/<uuid:scan_id>/", views.batch_values, name="batch_values"),
    path("batches/<uuid:batch_id>/same-day/", same_day_views.same_day, name="same_day"),
    path("batches/<uuid:batch_id>/record/", record_views.batch_record, name="batch_record"),
    path("batches/<uuid:batch_id>/record.pdf", record_views.batch_record_pdf, name="batch_record_pdf"),
    path(
        "batches/<uuid:batch_id>/values/<uuid:value_id>/",
        record_views.correct_value,
        name="correct_value",
    ),
    path(
        "batches/<uuid:batch_id>/counts/<uuid:count_id>/",
        record_views.correct_count,
        name="correct_count",
    ),
    path("batches/<uuid:batch_id>/counts/<uuid:count_id>/file/", record_views.count_file, name="count_file"),
    path("batches/<uuid:batch_id>/steps/<uuid:step_id>/photos/", record_views.add_photo, name="add_photo"),
    path(
        "batches/<uuid:batch_id>/steps/<uuid:step_id>/again/", recount_views.count_again, name="count_again"
    ),
    path(
        "batches/<uuid:batch_id>/steps/<uuid:step_id>/not-again/",
        recount_views.decline_recount,
        name="decline_recount",
    ),
    path("batches/<uuid:batch_id>/photos/<uuid:photo_id>/", record_views.batch_photo, name="batch_photo"),
    path("batches/<uuid:batch_id>/findings/", record_views.accept_findings, name="accept_findings"),
    path("batches/<uuid:batch_id>/close/", views.close_batch, name="close_batch"),
    path("equipment/", register_views.equipment_list, name="equipment_list"),
    path("equipment/add/", register_views.add_equipment, name="add_equipment"),
    path("equipment/<uuid:equipment_id>/", register_views.equipment_page, name="equipment_page"),
    path("equipment/<uuid:equipment_id>/clean/", register_views.clean_equipment, name="clean_equipment"),
    path(
        "equipment/<uuid:equipment_id>/calibrate/",
        register_views.calibrate_equipment,
        name="calibrate_equipment",
    ),
    path(
        "equipment/<uuid:equipment_id>/service/", register_views.equipment_service, name="equipment_service"
    ),
    path("reagents/", register_views.reagent_list, name="reagent_list"),
    path("reagents/receive/", register_views.receive_reagent, name="receive_reagent"),
    path("reagents/<uuid:reagent_id>/", register_views.reagent_page, name="reagent_page"),
    path("reagents/<uuid:reagent_id>/release/", register_views.release_reagent, name="release_reagent"),
    path("reagents/<uuid:reagent_id>/open/", register_views.open_reagent, name="open_reagent"),
    path("reagents/<uuid:reagent_id>/recall/", register_views.recall_reagent, name="recall_reagent"),
]
