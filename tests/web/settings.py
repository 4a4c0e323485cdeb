"""Stroma's settings with pages: what the main settings take over once the pages have people."""

from stroma.config.settings import *  # noqa: F403
from stroma.config.settings import BASE_DIR, INSTALLED_APPS

INSTALLED_APPS = [
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials",
    *INSTALLED_APPS,
    "stroma.web",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "stroma.web.middleware.content_security_policy",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "stroma.web.context.page",
            ],
        },
    },
]
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
ROOT_URLCONF = "stroma.web.urls"
STATIC_URL = "/static/"
LOCALE_PATHS = [BASE_DIR / "web" / "locale"]
STROMA_IS_SIMULATED = True
