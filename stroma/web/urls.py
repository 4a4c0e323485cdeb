"""Addresses of the front door and of each role's home."""

from django.urls import include, path

from stroma.web import views

urlpatterns = [
    path("", views.front, name="front"),
    path("", include("stroma.web.public_urls")),
    path("home/", views.home, name="home"),
    path("choose-site/", views.choose_site, name="choose_site"),
]
