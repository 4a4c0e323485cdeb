"""Turns the pages on for these tests, for as long as the main settings are without them."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test.utils import override_settings

from tests.web import settings as with_pages

PAGES = (
    "INSTALLED_APPS",
    "MIDDLEWARE",
    "TEMPLATES",
    "MESSAGE_STORAGE",
    "ROOT_URLCONF",
    "STATIC_URL",
    "STROMA_IS_SIMULATED",
)


@pytest.fixture(autouse=True, scope="module")
def pages() -> Iterator[None]:
    if "stroma.web" in settings.INSTALLED_APPS:
        yield
        return
    with override_settings(**{name: getattr(with_pages, name) for name in PAGES}):
        yield
