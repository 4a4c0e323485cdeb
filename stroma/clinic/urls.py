"""Addresses of this step's pages."""

from django.urls import URLPattern, path

from stroma.clinic import attempt_views, link_views, people_views, signing_views, training_views, views

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
    path("people/<uuid:person_uuid>/badge/", people_views.issue_badge, name="issue_badge"),
    path("badges/<uuid:badge_id>/revoke/", people_views.revoke_badge, name="revoke_badge"),
    path("people/<uuid:person_uuid>/end/", people_views.end_roles, name="end_roles"),
    path("people/<uuid:person_uuid>/training/", training_views.person_training, name="person_training"),
    path("training/", training_views.training, name="training"),
    path("training/ask/", training_views.ask_for_training, name="ask_for_training"),
    path(
        "training/<uuid:competence_id>/withdraw/", training_views.withdraw_training, name="withdraw_training"
    ),
    path("attempts/", attempt_views.attempts, name="attempts"),
    path("attempts/<uuid:attempt_id>/", attempt_views.clear_attempts, name="clear_attempts"),
    path("links/<uuid:link_id>/", link_views.confirm_link, name="confirm_link"),
    path("links/<uuid:link_id>/show/", link_views.show_link, name="show_link"),
    path("sign/passkey/", signing_views.passkey_to_sign, name="passkey_to_sign"),
]
