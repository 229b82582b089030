"""All settings, each from an environment variable (docs/settings.md is generated from this file)."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse_lazy

from leadrouting import env
from leadrouting.connections import database, mail_server

BASE_DIR = Path(__file__).resolve().parent.parent

# --- where this copy lives -------------------------------------------------------------------------------------
DATA_DIR = (
    Path(
        env.text(
            "LEADROUTING_DATA",
            str(BASE_DIR / "data"),
            "Folder for the embedded database, the embedded Redis, the generated secret key and passwords.",
            "./data",
        )
    )
    .expanduser()
    .resolve()
)
PRODUCTION = env.flag("PRODUCTION", False, "Refuses to start without a SECRET_KEY, and turns on HTTPS-only cookies.")
DEBUG = env.flag("DEBUG", False, "Django's debug pages. Never in production.")


def _secret_key() -> str:
    """The SECRET_KEY given; in a trial one that is made once and kept in the data folder."""
    given = env.text(
        "SECRET_KEY", "", "Signs sessions and links. Required in production.", "made once, kept in the data folder"
    )
    if given:
        return given
    if PRODUCTION:
        raise ImproperlyConfigured("SECRET_KEY is missing. In production set it to a long random text of your own.")
    path = DATA_DIR / "secret_key"
    try:
        if not path.exists():
            DATA_DIR.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600, exist_ok=True)
            path.write_text(secrets.token_urlsafe(50), encoding="utf-8")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ImproperlyConfigured(f"LEADROUTING_DATA: cannot use {DATA_DIR}: {error.strerror}") from error


SECRET_KEY = _secret_key()
SECRET_KEY_FALLBACKS = env.names("SECRET_KEY_FALLBACKS", [], "Earlier secret keys that still verify.")
HOST = env.text("HOST", "127.0.0.1", "Address that `up` serves on.")
PORT = env.number("PORT", 8000, "Port that `up` serves on.")
PUBLIC_URL = env.text(
    "PUBLIC_URL", f"http://{HOST}:{PORT}", "The address that people use, for links in mails.", "http://HOST:PORT"
).rstrip("/")
ALLOWED_HOSTS = env.names(
    "ALLOWED_HOSTS", [] if PRODUCTION else ["*"], "Host names that are answered. In a trial: every name."
)
CSRF_TRUSTED_ORIGINS = env.names(
    "CSRF_TRUSTED_ORIGINS", [], "Origins such as https://leads.example.com behind a proxy."
)
WEB_WORKERS = env.number("WEB_WORKERS", 2, "Web server processes.")
WEB_THREADS = env.number("WEB_THREADS", 8, "Threads of each web server process.")

# --- database, Redis, mail -------------------------------------------------------------------------------------
DATABASE_URL = env.text(
    "DATABASE_URL", "", "postgres://user:password@host:5432/name, or sqlite:////path/file.", "SQLite in the data folder"
)
DATABASES = {"default": database(DATABASE_URL, DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.text("REDIS_URL", "", "redis://host:6379/0. Empty: `up` starts an embedded Valkey.", "embedded Valkey")
EMAIL_URL = env.text(
    "EMAIL_URL",
    "",
    "Where mail goes: smtp://user:password@host:587, smtp+tls://…, smtps://….",
    "a local mailbox, shown in the admin",
)
MAILBOX_PORT = env.number("MAILBOX_PORT", 0, "Port of the local mailbox's SMTP server; 0: any free one.")
EMAIL = mail_server(EMAIL_URL)
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST, EMAIL_PORT = EMAIL["host"], EMAIL["port"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = EMAIL["username"], EMAIL["password"]
EMAIL_USE_TLS, EMAIL_USE_SSL = EMAIL["use_tls"], EMAIL["use_ssl"]
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("FROM_EMAIL", "Lead routing <leads@localhost>", "Sender of all mails.")

# --- apps ------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "leadrouting.apps.LeadRoutingConfig",
    "routing",
    "reps",
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.simple_history",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "simple_history",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_rq",
    "csp",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]
ROOT_URLCONF = "leadrouting.urls"
WSGI_APPLICATION = "leadrouting.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
LOGIN_URL = reverse_lazy("admin:login")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# --- limits ----------------------------------------------------------------------------------------------------
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
API_MAX_BODY_BYTES = DATA_UPLOAD_MAX_MEMORY_SIZE

# --- security --------------------------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", PRODUCTION, "Sends http to https. In production: yes.")
SECURE_HSTS_SECONDS = env.number("SECURE_HSTS_SECONDS", 31536000 if PRODUCTION else 0, "HSTS. In production: a year.")
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if env.flag("BEHIND_PROXY", False, "Trusts X-Forwarded-Proto of a proxy in front."):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- API -------------------------------------------------------------------------------------------------------
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["routing.api.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["routing.api.permissions.HasScope"],
    "DEFAULT_PARSER_CLASSES": ["routing.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "routing.api.pagination.CursorPages",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "routing.api.schema.ProblemAutoSchema",
    "EXCEPTION_HANDLER": "routing.api.problems.problem_handler",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Lead routing",
    "DESCRIPTION": "Send in leads, see who owns them and why, and change who gets what.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": [],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
}

# --- jobs: RQ is only the doorbell -----------------------------------------------------------------------------
RQ_QUEUES = {
    name: {
        "URL": REDIS_URL or "redis://127.0.0.1:6379/0",
        "DEFAULT_TIMEOUT": 120,
        "DEFAULT_RESULT_TTL": 0,
        "SERIALIZER": "rq.serializers.JSONSerializer",
        "REDIS_CLIENT_KWARGS": {},
    }
    for name in ("routing", "alerts")
}
RQ = {"COMMIT_MODE": "auto"}

# --- logs ------------------------------------------------------------------------------------------------------
LOG_LEVEL = env.text("LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": "structlog.stdlib.ProcessorFormatter",
            "processor": "structlog.processors.JSONRenderer",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
}

UNFOLD: dict[str, Any] = {"SITE_TITLE": "Lead routing", "SITE_HEADER": "Lead routing"}
