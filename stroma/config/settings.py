"""Stroma's settings: one file, ``STROMA_*`` variables, documented in ``docs/reference/settings.md``.

Nothing set means a working installation on SQLite below ``STROMA_HOME``, answering on localhost only.
"""

import secrets
from pathlib import Path

from stroma.config.environment import SettingError, database_settings, env_bool, env_text

BASE_DIR = Path(__file__).resolve().parent.parent
HOME = Path(env_text("STROMA_HOME") or Path.home() / ".stroma").expanduser().absolute()

LEDGER_KEY_IS_NAMED = bool(env_text("STROMA_LEDGER_KEY_FILE"))
LEDGER_KEY_FILE = (
    Path(env_text("STROMA_LEDGER_KEY_FILE") or HOME / "keys" / "ledger.ed25519").expanduser().absolute()
)

DATABASE_URL = env_text("STROMA_DATABASE_URL")
DATABASES = {"default": database_settings(DATABASE_URL, HOME)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

DEBUG = env_bool("STROMA_DEBUG", default=False)
ALLOWED_HOSTS = [h for h in env_text("STROMA_HOSTS").split(",") if h] or ["localhost", "127.0.0.1", "[::1]"]
SECRET_KEY = env_text("STROMA_SECRET_KEY")
if not SECRET_KEY:
    if env_text("STROMA_HOSTS"):
        raise SettingError("STROMA_HOSTS makes this site public, so STROMA_SECRET_KEY must be set as well.")
    # Localhost only: sessions end when the program does, and nothing is signed with this key that outlives it.
    SECRET_KEY = secrets.token_urlsafe(50)

AUTH_USER_MODEL = "clinic.User"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "stroma.ledger",
    "stroma.clinic",
    "stroma.patients",
    "stroma.candidacy",
    "stroma.courses",
    "stroma.planning",
    "stroma.custody",
    "stroma.collection",
    "stroma.processing",
    "stroma.release",
    "stroma.injection",
    "stroma.follow_up",
    "stroma.registry",
    "stroma.simulation",
]
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "stroma.config.urls"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español")]
USE_I18N = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
