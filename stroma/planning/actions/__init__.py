"""Every write about when: what can be booked, chains of visits, what became of them, and first consultations."""

from stroma.planning.actions.chains import REPLANS, NotBookable, book_chain
from stroma.planning.actions.consultations import NotConsultable, book_consultation, cancel_consultation
from stroma.planning.actions.moving import NotMoved, move_visit, move_visits
from stroma.planning.actions.replanning import (
    NoPlanAsked,
    ask_for_plan,
    begin_search,
    stop_search,
    take_plan,
)
from stroma.planning.actions.resources import NotAddable, add_resource
from stroma.planning.actions.visits import VisitNotEnded, cancel_visits, complete_visit, miss_visit
from stroma.planning.moves import Move

__all__ = [
    "REPLANS",
    "Move",
    "NoPlanAsked",
    "NotAddable",
    "NotBookable",
    "NotConsultable",
    "NotMoved",
    "VisitNotEnded",
    "add_resource",
    "ask_for_plan",
    "begin_search",
    "book_chain",
    "book_consultation",
    "cancel_consultation",
    "cancel_visits",
    "complete_visit",
    "miss_visit",
    "move_visit",
    "move_visits",
    "stop_search",
    "take_plan",
]
