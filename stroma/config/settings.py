"""Stroma's settings: one file, ``STROMA_*`` variables, documented in ``docs/reference/settings.md``.

Nothing set means a working installation on SQLite below ``STROMA_HOME``, answering on localhost only.
"""

from pathlib import Path

from stroma.config.door import LOCAL_NAMES, kept_secret, mail_settings, read_door
from stroma.config.environment import database_settings, env_bool, env_text

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
SECRET_FILE = HOME / "keys" / "secret"
SECRET_KEY = env_text("STROMA_SECRET_KEY")
DOOR = read_door(secret=SECRET_KEY, database_url=DATABASE_URL)
# On this machine only, a secret made by the first start is enough; `stroma serve` keeps it in SECRET_FILE.
SECRET_KEY = SECRET_KEY or kept_secret(SECRET_FILE)
ALLOWED_HOSTS = [*DOOR.hosts, *LOCAL_NAMES]
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in DOOR.hosts]

AUTH_USER_MODEL = "clinic.User"
INSTALLED_APPS = [
    # Before the packages whose templates the clinic's own replace.
    "stroma.look",
    "stroma.ledger",
    "stroma.clinic",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "stroma.patients",
    "stroma.evidence",
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
    "stroma.web",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "stroma.look.middleware.ask_once_what_it_is",
    "stroma.look.middleware.content_security_policy",
    "stroma.look.middleware.keep_no_copy",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "stroma.clinic.access.DenyUnlessGranted",
    "stroma.clinic.live.SayWhetherChanged",
    "axes.middleware.AxesMiddleware",
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
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "stroma.look.context.page",
            ],
        },
    },
]
STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
LOCALE_PATHS = [BASE_DIR / "look" / "locale"]
ROOT_URLCONF = "stroma.config.urls"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# --- Signing in: a password, a code by mail, a passkey; five wrong tries close the door for a quarter of an hour ---

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/home/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "stroma.clinic.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*"]  # without it no page asks for a password
ACCOUNT_EMAIL_VERIFICATION = "none"  # accounts are made by the site, for people it knows
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600  # ASVS 6.5: at most ten minutes
ACCOUNT_SESSION_REMEMBER = False
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1  # RFC 6238 §5.2: one step back or on, for a clock that is off
ACCOUNT_RATE_LIMITS = {
    "login_failed": None
}  # wrong passwords are counted once, by axes, which says how long to wait
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = ["username", "ip_address"]
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_USERNAME_FORM_FIELD = "login"  # as django-allauth's form calls it
AXES_LOCKOUT_TEMPLATE = "clinic/locked_out.html"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# A public site is reached by https only: the cookies, the redirect and the browser's memory all say so.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = DOOR.is_public
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if DOOR.is_public else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = str(HOME / "outbox")
globals().update(mail_settings())

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español")]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600  # the reader chooses once
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = DOOR.is_public
USE_I18N = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
