"""Addresses of the patient's own pages."""

from django.urls import path

from stroma.web.my import booking_views, telling_views, views, visit_views

urlpatterns = [
    path("", views.home, name="my_home"),
    path("visits/", views.visits, name="my_visits"),
    path("visits/book/", booking_views.book, name="my_book"),
    path("visits/appointments.ics", views.visits_file, name="my_visits_file"),
    path("visits/<uuid:visit_id>/other-time/", visit_views.ask, name="my_ask_to_move"),
    path("visits/<uuid:visit_id>/cancel/", visit_views.cancel, name="my_cancel_visit"),
    path("offer/", visit_views.offer, name="my_offer"),
    path("cells/", views.cells, name="my_cells"),
    path("questions/", views.questions, name="my_questions"),
    path("pain/", views.pain, name="my_pain"),
    path("pain/my-pain.csv", views.pain_file, name="my_pain_file"),
    path("withdraw/<uuid:course_id>/", telling_views.withdraw, name="my_withdraw"),
    path("problem/", telling_views.problem, name="my_problem"),
    path("who-looked/", views.who_looked, name="my_who_looked"),
]
