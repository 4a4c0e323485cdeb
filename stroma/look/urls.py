"""Addresses of the pages that belong to no step."""

from django.urls import include, path

from stroma.look import views
from stroma.look.components_page import components

urlpatterns = [
    path("components/", components, name="components"),
    path("components/doing/<str:answer>/", components, {"page": "doing"}, name="components_doing"),
    path("components/reading/", components, {"page": "reading"}, name="components_reading"),
    path("theme/", views.choose_theme, name="choose_theme"),
    path("language/", include("django.conf.urls.i18n")),
]
