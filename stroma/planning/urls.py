"""Addresses of this step's pages."""

from django.urls import URLPattern, path

from stroma.planning import (
    board_views,
    calendar_views,
    consultation_views,
    move_views,
    reminder_views,
    replan_views,
    views,
    waiting_views,
)

urlpatterns: list[URLPattern] = [
    path("board/", board_views.board, name="board"),
    path("board/visits/<uuid:visit_id>/", board_views.board_move, name="board_move"),
    path("plans/", replan_views.replan, name="replan"),
    path("plans/<uuid:replan_id>/", replan_views.replan_page, name="replan_page"),
    path("plans/<uuid:replan_id>/search/", replan_views.replan_improve, name="replan_improve"),
    path("plans/<uuid:replan_id>/stop/", replan_views.replan_stop, name="replan_stop"),
    path("calendar/", calendar_views.calendar, name="calendar"),
    path("calendar/hours/<str:area>/", calendar_views.calendar_hours, name="calendar_hours"),
    path("calendar/close/", calendar_views.close_site, name="close_site"),
    path("calendar/turns/<str:kind>/", calendar_views.turn_time, name="turn_time"),
    path("absences/<uuid:absence_id>/back/", calendar_views.absence_back, name="absence_back"),
    path("resources/<uuid:resource_id>/", calendar_views.resource_page, name="resource_page"),
    path("resources/<uuid:resource_id>/shifts/", calendar_views.resource_shifts, name="resource_shifts"),
    path("resources/<uuid:resource_id>/away/", calendar_views.resource_away, name="resource_away"),
    path("consultations/", consultation_views.consultations, name="consultations"),
    path("consultation/", consultation_views.consultation, name="consultation"),
    path("consultation/<str:key>/", consultation_views.consultation_booked, name="consultation_booked"),
    path(
        "consultation/<str:key>/appointment.ics",
        consultation_views.consultation_calendar,
        name="consultation_calendar",
    ),
    path(
        "consultation/<str:key>/cancel/", consultation_views.consultation_cancel, name="consultation_cancel"
    ),
    path("courses/<uuid:course_id>/", views.book_chain, name="book_chain"),
    path("reminders/", reminder_views.reminders, name="reminders"),
    path("visits/<uuid:visit_id>/phoned/", reminder_views.reminder_phoned, name="reminder_phoned"),
    path("visits/<uuid:visit_id>/called/", reminder_views.change_called, name="change_called"),
    path("visits/<uuid:visit_id>/called/back/", reminder_views.change_call_back, name="change_call_back"),
    path("waiting/", waiting_views.waiting_list, name="waiting_list"),
    path("courses/<uuid:course_id>/wait/", waiting_views.wait, name="wait"),
    path("courses/<uuid:course_id>/wait/leave/", waiting_views.leave_waiting, name="leave_waiting"),
    path("courses/<uuid:course_id>/offer/", waiting_views.answer_offer, name="answer_offer"),
    path("courses/<uuid:course_id>/cancel/", views.cancel_chain, name="cancel_chain"),
    path("visits/<uuid:visit_id>/move/", move_views.move_visit, name="move_visit"),
    path("visits/<uuid:visit_id>/cancel/", move_views.cancel_visit, name="cancel_visit"),
    path("visits/<uuid:visit_id>/answer/", move_views.answer_wish, name="answer_wish"),
    path("visits/<uuid:visit_id>/held/", views.visit_held, name="visit_held"),
    path("visits/<uuid:visit_id>/missed/", views.visit_missed, name="visit_missed"),
    path("visits/<uuid:visit_id>/place/", views.place_freed, name="place_freed"),
]
