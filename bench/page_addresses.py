"""The site's addresses and one more: a view that does nothing, behind the same sign-in as the others."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from stroma.clinic.access import granted_to
from stroma.clinic.domain.roles import Role


@granted_to(Role.COORDINATOR)
def _empty(request: HttpRequest) -> HttpResponse:
    del request
    return HttpResponse("nothing")


urlpatterns = [path("", include("stroma.config.urls")), path("empty/", _empty, name="empty")]
