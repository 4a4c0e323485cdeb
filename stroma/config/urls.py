"""Addresses of the site: each step's own, below the word people use for it."""

from django.urls import include, path

urlpatterns = [
    path("", include("stroma.web.urls")),
    path("", include("stroma.look.urls")),
    path("account/", include("allauth.urls")),
    path("my/", include("stroma.web.my.urls")),
    path("candidacy/", include("stroma.candidacy.urls")),
    path("courses/", include("stroma.courses.urls")),
    path("planning/", include("stroma.planning.urls")),
    path("custody/", include("stroma.custody.urls")),
    path("collection/", include("stroma.collection.urls")),
    path("processing/", include("stroma.processing.urls")),
    path("release/", include("stroma.release.urls")),
    path("injection/", include("stroma.injection.urls")),
    path("follow-up/", include("stroma.follow_up.urls")),
    path("registry/", include("stroma.registry.urls")),
    path("evidence/", include("stroma.evidence.urls")),
    path("demo/", include("stroma.simulation.urls")),
    path("patients/", include("stroma.patients.urls")),
    path("site/", include("stroma.clinic.urls")),
]
