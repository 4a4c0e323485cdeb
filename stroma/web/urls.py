"""Addresses of the front door, of each role's home, and of the pages that gather what several steps know."""

from django.urls import include, path

from stroma.web import desk_views, my_day_views, patient_views, phone_views, problem_views, views

urlpatterns = [
    path("", views.front, name="front"),
    path("", include("stroma.web.public_urls")),
    path("home/", views.home, name="home"),
    path("choose-site/", views.choose_site, name="choose_site"),
    path("coordinator/", desk_views.coordinator_home, name="coordinator_home"),
    path("physiatrist/", desk_views.physiatrist_home, name="physiatrist_home"),
    path("nurse/", desk_views.nurse_home, name="nurse_home"),
    path("my-day/", my_day_views.my_day, name="my_day"),
    path("problems/", problem_views.problems, name="problems"),
    path("problems/<uuid:report_id>/", problem_views.take_up, name="take_up_problem"),
    path("find/", patient_views.find, name="find"),
    path("patients/import/", patient_views.import_patient, name="import_patient"),
    path("patients/<uuid:patient_id>/", patient_views.patient_page, name="patient_page"),
    path("courses/<uuid:course_id>/", patient_views.course_page, name="course_page"),
    path(
        "courses/<uuid:course_id>/questionnaires/",
        patient_views.plan_questionnaires,
        name="plan_questionnaires",
    ),
    path("courses/<uuid:course_id>/call/", phone_views.call, name="call"),
]
