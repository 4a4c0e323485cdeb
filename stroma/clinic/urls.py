"""Addresses of this step's pages."""

from django.urls import URLPattern, path

from stroma.clinic import views

urlpatterns: list[URLPattern] = [
    path("", views.administrator_home, name="administrator_home"),
    path("people/new/", views.add_person, name="add_person"),
]
