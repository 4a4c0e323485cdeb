"""Addresses of this step's pages."""

from django.urls import URLPattern, path

from stroma.clinic import people_views, signing_views, views

urlpatterns: list[URLPattern] = [
    path("", views.administrator_home, name="administrator_home"),
    path("people/new/", people_views.add_person, name="add_person"),
    path("people/<uuid:person_uuid>/", people_views.person_page, name="person_page"),
    path("people/<uuid:person_uuid>/invite/", people_views.invite_person, name="invite_person"),
    path(
        "people/<uuid:person_uuid>/withdraw/",
        people_views.withdraw_credentials,
        name="withdraw_credentials",
    ),
    path("people/<uuid:person_uuid>/end/", people_views.end_roles, name="end_roles"),
    path("sign/passkey/", signing_views.passkey_to_sign, name="passkey_to_sign"),
]
