"""Addresses of labels, hand-overs and what becomes of containers."""

from django.urls import path

from stroma.custody import (
    badge_views,
    container_views,
    label_views,
    look_back_views,
    reading_views,
    refusal_views,
    storage_views,
    transport_views,
    views,
)

urlpatterns = [
    path("containers/<uuid:container_id>/label/", label_views.container_label, name="container_label"),
    path("badges/<uuid:badge_id>/badge.pdf", badge_views.badge_pdf, name="badge_pdf"),
    path("labels/", label_views.label_reconciliation, name="label_reconciliation"),
    path("labels/<uuid:label_id>/label.pdf", label_views.label_pdf, name="label_pdf"),
    path("lots/<uuid:lot_id>/labels.pdf", label_views.lot_labels_pdf, name="lot_labels_pdf"),
    path("product-codes/", label_views.product_codes, name="product_codes"),
    path("containers/<uuid:container_id>/hand-over/", views.hand_over, name="hand_over"),
    path("hand-overs/<uuid:hand_over_id>/", views.handed_over, name="handed_over"),
    path("containers/<uuid:container_id>/discard/", views.discard_container, name="discard_container"),
    path("containers/<uuid:container_id>/divide/", views.divide_container, name="divide_container"),
    path("lots/<uuid:lot_id>/disposition/", views.lot_disposition, name="lot_disposition"),
    path("containers/<uuid:container_id>/", container_views.container_page, name="container_page"),
    path(
        "containers/<uuid:container_id>/do/<slug:act>/", container_views.container_act, name="container_act"
    ),
    path("holds/<uuid:hold_id>/lift/", container_views.lift_hold, name="lift_hold"),
    path("hand-overs/<uuid:hand_over_id>/undo/", views.undo_hand_over, name="undo_hand_over"),
    path("storage/", storage_views.storage_map, name="storage_map"),
    path("storage/new/", storage_views.add_unit, name="add_storage_unit"),
    path("storage/<uuid:unit_id>/", storage_views.storage_unit, name="storage_unit"),
    path("containers/<uuid:container_id>/store/", storage_views.store_container, name="store_container"),
    path("transport/", transport_views.transport, name="transport"),
    path("transport/seal/<uuid:place_id>/", transport_views.seal_box, name="seal_box"),
    path("transport/limits/", transport_views.transport_limits, name="transport_limits"),
    path("transport/<uuid:shipment_id>/", transport_views.shipment, name="shipment"),
    path("transport/<uuid:shipment_id>/open/", transport_views.open_box, name="open_box"),
    path("transport/<uuid:shipment_id>/log/", transport_views.temperature_log, name="temperature_log"),
    path("scanner/", reading_views.scanner, name="scanner"),
    path("scan-photos/<uuid:scan_photo_id>/", reading_views.scan_photo, name="scan_photo"),
    path("refused-scans/", refusal_views.refused_scans, name="refused_scans"),
    path("look-back/", look_back_views.look_back_list, name="look_back_list"),
    path("look-back/<uuid:donor_id>/", look_back_views.look_back, name="look_back"),
]
