"""The headers of every page: nothing inline, nothing from elsewhere, nothing framed, no copy of what is somebody's.

And that a page asks once what this database is.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from stroma.ledger.record import nature_read_once

# ``data:`` images are the signs that style sheets draw with; scripts and styles come from our own files only.
POLICY = "; ".join(
    [
        "default-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)


def ask_once_what_it_is(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Read once for a request whether the record is a simulated one."""

    def answer(request: HttpRequest) -> HttpResponse:
        with nature_read_once():
            return get_response(request)

    return answer


def keep_no_copy(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Tell browsers to keep no copy of what somebody signed in is shown (OWASP ASVS 5.0, 14.3.2).

    After signing out, "back" shows nothing of it either.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if getattr(request, "person", None) is not None:
            response.headers["Cache-Control"] = "no-store"
        return response

    return answer


def content_security_policy(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Send the policy with every answer that has not set a stricter one of its own."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response

    return answer
