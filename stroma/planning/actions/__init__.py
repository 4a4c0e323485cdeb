"""Every write about when: what can be booked, chains of visits, what became of them, and first consultations."""

from stroma.planning.actions.calendars import (
    CalendarUnchanged,
    close_site,
    mark_away,
    set_hours,
    set_shifts,
    set_turn_time,
    take_back_absence,
)
from stroma.planning.actions.chains import REPLANS, NotBookable, book_chain, book_own_chain
from stroma.planning.actions.consultations import NotConsultable, book_consultation, cancel_consultation
from stroma.planning.actions.moving import NotMoved, move_visit, move_visits
from stroma.planning.actions.places import PlaceNotFreed, free_place
from stroma.planning.actions.reminders import (
    NotReminded,
    draft_reminders,
    mark_reminder_phoned,
    mark_reminder_sent,
)
from stroma.planning.actions.replanning import (
    NoPlanAsked,
    ask_for_plan,
    begin_search,
    stop_search,
    take_plan,
)
from stroma.planning.actions.resources import NotAddable, add_resource
from stroma.planning.actions.telling import (
    NotCalled,
    mark_change_called,
    mark_change_told,
    take_back_change_call,
)
from stroma.planning.actions.visits import (
    VisitNotEnded,
    cancel_visit,
    cancel_visits,
    complete_visit,
    miss_visit,
)
from stroma.planning.actions.waiting import (
    NotWaiting,
    OfferGone,
    OfferNotAnswered,
    accept_offer,
    decline_offer,
    leave_waiting_list,
    offer_free_slots,
    wait_for_visits,
)
from stroma.planning.actions.wishes import WishRefused, answer_wish, ask_to_move, cancel_own_visit
from stroma.planning.moves import Move

__all__ = [
    "REPLANS",
    "CalendarUnchanged",
    "Move",
    "NoPlanAsked",
    "NotAddable",
    "NotBookable",
    "NotCalled",
    "NotConsultable",
    "NotMoved",
    "NotReminded",
    "NotWaiting",
    "OfferGone",
    "OfferNotAnswered",
    "PlaceNotFreed",
    "VisitNotEnded",
    "WishRefused",
    "accept_offer",
    "add_resource",
    "answer_wish",
    "ask_for_plan",
    "ask_to_move",
    "begin_search",
    "book_chain",
    "book_consultation",
    "book_own_chain",
    "cancel_consultation",
    "cancel_own_visit",
    "cancel_visit",
    "cancel_visits",
    "close_site",
    "complete_visit",
    "decline_offer",
    "draft_reminders",
    "free_place",
    "leave_waiting_list",
    "mark_away",
    "mark_change_called",
    "mark_change_told",
    "mark_reminder_phoned",
    "mark_reminder_sent",
    "miss_visit",
    "move_visit",
    "move_visits",
    "offer_free_slots",
    "set_hours",
    "set_shifts",
    "set_turn_time",
    "stop_search",
    "take_back_absence",
    "take_back_change_call",
    "take_plan",
    "wait_for_visits",
]
