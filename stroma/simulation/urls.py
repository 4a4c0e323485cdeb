"""Addresses of the demo's own pages."""

from django.urls import path

from stroma.simulation import views

urlpatterns = [
    path("", views.demo, name="demo"),
    path("enter/", views.enter, name="demo_enter"),
    path("story/", views.story, name="demo_story"),
    path("story/dossier/", views.story_dossier, name="demo_story_dossier"),
    path("story/again/", views.story_again, name="demo_story_again"),
    path("story/<slug:step>/", views.story_step, name="demo_story_step"),
]
