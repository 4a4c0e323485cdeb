"""The demo's own pages: entering as anybody, and the guided story. In a real installation they do not open."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from stroma.clinic.access import SITE_KEY, open_to_all
from stroma.courses.models import Course
from stroma.protocols.domain.blocker import Refused
from stroma.simulation.queries import entrances, is_demo, simulated_person, story_course
from stroma.simulation.role_words import WHAT_ROLES_DO
from stroma.simulation.story import (
    BELONGS_TO,
    CHAPTERS,
    Step,
    chapter_of,
    do_step,
    dose_facts,
    judge_edited_dossier,
)

STORY_KEY = "story"
View = Callable[..., HttpResponse]


def only_in_a_demo(view: View) -> View:
    """Refuse the page in a real installation, whoever asks."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_demo():
            return render(request, "simulation/not_here.html", status=403)
        return view(request, *args, **kwargs)

    return checked


@open_to_all
@only_in_a_demo
def demo(request: HttpRequest) -> HttpResponse:
    """The demo's front page: enter as anybody, or follow the story."""
    sites = [
        (one.site, [(entrance, *WHAT_ROLES_DO[entrance.role]) for entrance in one.people], one.patients)
        for one in entrances()
    ]
    return render(request, "simulation/demo.html", {"sites": sites})


@require_POST
@open_to_all
@only_in_a_demo
def enter(request: HttpRequest) -> HttpResponse:
    """Sign in as one of the simulated people, without a password."""
    user = simulated_person(request.POST.get("username", ""))
    if user is None:
        raise Http404("no such simulated person")
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    request.session.pop(SITE_KEY, None)
    return redirect("home")


@open_to_all
@only_in_a_demo
def story(request: HttpRequest) -> HttpResponse:
    """The guided story, at the place where its patient's record stands."""
    course = _course(request)
    return _page(request, course, {})


@require_POST
@open_to_all
@only_in_a_demo
def story_step(request: HttpRequest, step: str) -> HttpResponse:
    """Do one step of the story; a refusal is shown with its reasons, for that is what the story is about."""
    course = _course(request)
    if course is None or step not in set(Step):
        raise Http404("the story has no such step")
    chosen = Step(step)
    if BELONGS_TO[chosen] is not chapter_of(course):
        messages.info(request, _("That was done already. The story goes on here."))
        return redirect("demo_story")
    request.session[STORY_KEY] = str(course.id)
    try:
        do_step(course, chosen)
    except Refused as refusal:
        return _page(request, course, {"refused": chosen.value, "blockers": refusal.blockers}, status=422)
    return redirect(reverse("demo_story") + "#now")


@require_POST
@open_to_all
@only_in_a_demo
def story_dossier(request: HttpRequest) -> HttpResponse:
    """Put the edited text into the dossier and show what the verifier says of it."""
    course = _course(request)
    if course is None or not dose_facts(course):
        raise Http404("nothing was given yet")
    edited = request.POST.get("facts", "")[:20_000]
    verdict = judge_edited_dossier(course, edited)
    return _page(
        request, course, {"verdict": verdict, "facts": edited}, status=200 if verdict.is_intact else 422
    )


@require_POST
@open_to_all
@only_in_a_demo
def story_again(request: HttpRequest) -> HttpResponse:
    """Begin the story again with another patient."""
    request.session.pop(STORY_KEY, None)
    return redirect("demo_story")


def _course(request: HttpRequest) -> Course | None:
    begun = request.session.get(STORY_KEY)
    return story_course(UUID(begun) if begun else None)


def _page(
    request: HttpRequest, course: Course | None, more: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    chapter = chapter_of(course) if course else None
    context = {
        "course": course,
        "chapter": chapter.name if chapter else "",
        "number": CHAPTERS.index(chapter) if chapter else 0,
        "self_check": _address("self_check"),
        "consultation": _address("consultation"),
        "facts": dose_facts(course) if course else "",
        **more,
    }
    return render(request, "simulation/story.html", context, status=status)


def _address(name: str) -> str:
    """The address of a page of another step; empty where it is not installed."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
