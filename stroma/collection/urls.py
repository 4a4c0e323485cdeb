"""Address of the collection."""

from django.urls import path

from stroma.collection import views

urlpatterns = [path("courses/<uuid:course_id>/", views.collect, name="collect")]
