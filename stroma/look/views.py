"""The choice of theme, which belongs to no step. The component page is in ``components_page``."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from stroma.look.context import THEME_COOKIE, THEMES


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Remember light, dark, high contrast or the device's own choice for a year, and go back."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/"
    response = HttpResponseRedirect(target)
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        response.set_cookie(
            THEME_COOKIE, theme, max_age=31_536_000, samesite="Lax", secure=request.is_secure(), httponly=True
        )
    return response
