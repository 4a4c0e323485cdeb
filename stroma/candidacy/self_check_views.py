"""The self-check: is it right for me? No sign-in, and nothing is stored; the answers live in the visitor's page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from stroma.candidacy.asked_flags import flags_in, sign_flags
from stroma.candidacy.domain.red_flags import red_flag_blockers
from stroma.candidacy.domain.self_check import Where
from stroma.candidacy.domain.self_check import self_check as judge
from stroma.candidacy.self_check_forms import RedFlagForm, SelfCheckForm
from stroma.candidacy.self_check_messages import in_the_visitors_words
from stroma.clinic.access import open_to_all
from stroma.look.parts import reasons
from stroma.protocols.domain.blocker import Weight
from stroma.protocols.library import shipped_protocols


@require_http_methods(["GET", "POST"])
@open_to_all
def self_check(request: HttpRequest) -> HttpResponse:
    """The red flags. One of them is answered at once with urgent care, even when the rest is still open."""
    if request.method == "GET":
        return render(request, "candidacy/red_flags.html", {"form": RedFlagForm()})
    form = RedFlagForm(request.POST)
    answers = form.answers()
    urgent = [b for b in red_flag_blockers(answers) if b.weight is Weight.URGENT]
    if urgent:
        return render(
            request, "candidacy/urgent.html", {"reasons": reasons(map(in_the_visitors_words, urgent))}
        )
    if not form.is_valid():
        return render(request, "candidacy/red_flags.html", {"form": form}, status=422)
    return redirect(f"{reverse('self_check_questions')}?asked={sign_flags(answers)}")


@require_http_methods(["GET", "POST"])
@open_to_all
def self_check_questions(request: HttpRequest) -> HttpResponse:
    """The questions a visitor can answer, and what the answers say. Without the red flags there are none."""
    asked = request.GET.get("asked", "")
    if red_flag_blockers(flags_in(asked)):
        return redirect("self_check")
    form = SelfCheckForm(request.POST or None)
    if not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "candidacy/self_check.html", {"form": form, "asked": asked}, status=status)
    found = judge(form.place(), form.answers(), [shipped.protocol for shipped in shipped_protocols()])
    context = {
        "found": found,
        "against": reasons(map(in_the_visitors_words, found.against)),
        "to_discuss": reasons(map(in_the_visitors_words, found.to_discuss)),
        "is_neck": form.place() is Where.NECK,
        "asked": asked,
    }
    return render(request, "candidacy/self_check_result.html", context)
