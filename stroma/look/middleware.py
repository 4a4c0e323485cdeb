"""The headers that hold every page to its word: nothing inline, nothing from elsewhere, nothing framed."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

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


def content_security_policy(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Send the policy with every answer that has not set a stricter one of its own."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response

    return answer
