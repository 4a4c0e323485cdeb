"""Addresses of labels, hand-overs and what becomes of containers."""

from django.urls import path

from stroma.custody import label_views, views

urlpatterns = [
    path("containers/<uuid:container_id>/label/", label_views.container_label, name="container_label"),
    path("labels/", label_views.label_reconciliation, name="label_reconciliation"),
    path("labels/<uuid:label_id>/label.pdf", label_views.label_pdf, name="label_pdf"),
    path("lots/<uuid:lot_id>/labels.pdf", label_views.lot_labels_pdf, name="lot_labels_pdf"),
    path("product-codes/", label_views.product_codes, name="product_codes"),
    path("containers/<uuid:container_id>/hand-over/", views.hand_over, name="hand_over"),
    path("hand-overs/<uuid:hand_over_id>/", views.handed_over, name="handed_over"),
    path("containers/<uuid:container_id>/discard/", views.discard_container, name="discard_container"),
    path("containers/<uuid:container_id>/divide/", views.divide_container, name="divide_container"),
    path("lots/<uuid:lot_id>/disposition/", views.lot_disposition, name="lot_disposition"),
]
