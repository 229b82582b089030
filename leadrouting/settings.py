"""All settings, each from an environment variable (docs/settings.md is generated from this file)."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.urls import reverse_lazy

from leadrouting import env, local_redis
from leadrouting.connections import database, mail_server, mailbox_address
from leadrouting.logs import logging_settings

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
PASSWORDS_FILE = DATA_DIR / "passwords"
"""The sign-ins that the first start made, for the owner of the data folder only."""
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
REDIS_ADDRESS = REDIS_URL or local_redis.address(DATA_DIR)
EMAIL_URL = env.text(
    "EMAIL_URL",
    "",
    "Where mail goes: smtp://user:password@host:587, smtp+tls://…, smtps://….",
    "a local mailbox, shown in the admin",
)
MAILBOX_PORT = env.number(
    "MAILBOX_PORT",
    0,
    "Port of the local mailbox's SMTP server. 0: a free one, chosen once and kept in the data folder.",
)
MAILBOX_ADDRESS = mailbox_address(MAILBOX_PORT, DATA_DIR)
EMAIL = mail_server(EMAIL_URL, MAILBOX_ADDRESS)
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST, EMAIL_PORT = EMAIL["host"], EMAIL["port"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = EMAIL["username"], EMAIL["password"]
EMAIL_USE_TLS, EMAIL_USE_SSL = EMAIL["use_tls"], EMAIL["use_ssl"]
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("FROM_EMAIL", "Lead routing <leads@localhost>", "Sender of all mails.")

# --- alerts ----------------------------------------------------------------------------------------------------
ALERTS_PER_MINUTE = env.number(
    "ALERTS_PER_MINUTE", 10, "Above so many alerts a minute to one person, one mail tells of all that are due."
)
LINK_HOURS = env.number("LINK_HOURS", 24, "How long the links in an alert work, in hours.")
SIGN_IN_LINK_HOURS = env.number(
    "SIGN_IN_LINK_HOURS", 72, "How long the link of an invitation or a new password works, in hours."
)
PASSWORD_RESET_TIMEOUT = SIGN_IN_LINK_HOURS * 3600
DIGEST_MINUTES = env.number(
    "DIGEST_MINUTES", 60, "Rules that alert by digest: one mail each full so many minutes, counted from midnight UTC."
)
WEBHOOK_DAYS = env.number(
    "WEBHOOK_DAYS", 30, "After so many days webhook deliveries that arrived are removed. 0: never."
)
DEAD_LETTER_DAYS = env.number(
    "DEAD_LETTER_DAYS", 180, "After so many days webhook deliveries that were given up are removed. 0: never."
)
OUTGOING_ALLOWED = env.names(
    "OUTGOING_ALLOWED",
    [],
    "What webhooks, agents and calendars may call besides https on public addresses: "
    "host, host:port, address or range such as 10.0.0.0/8, separated by commas.",
)
DEADMAN_URL = env.text(
    "DEADMAN_URL",
    "",
    "Is called (GET) each minute as long as nothing is wrong; what watches it raises the alarm when it hears nothing.",
)

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
    "django.forms",
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
    "leadrouting.security.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "leadrouting.viewer.ViewerMiddleware",
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
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"  # widgets of ours have templates in templates/
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
FORMAT_MODULE_PATH = ["leadrouting.formats"]
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True  # served from where they lie; nothing to collect
LOGIN_URL = reverse_lazy("admin:login")
LOGIN_REDIRECT_URL = reverse_lazy("admin:index")
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
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
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
    "ENUM_NAME_OVERRIDES": {
        "DecisionOutcomeEnum": "routing.api.serializers.decisions.OUTCOMES",
        "StageEnum": "routing.api.serializers.actions.STAGES",
        "LeadStatusEnum": "routing.models.Lead.Status",
        "RunStatusEnum": "routing.models.Work.Status",
        "LeadKindEnum": "routing.models.Lead.Kind",
        "OfferKindEnum": "routing.models.Offer.Kind",
        "RunKindEnum": "routing.models.Work.Kind",
    },
}

# --- jobs: RQ is only the doorbell -----------------------------------------------------------------------------
RQ_QUEUES = {
    name: {
        "URL": REDIS_ADDRESS,
        "DEFAULT_TIMEOUT": seconds,
        "DEFAULT_RESULT_TTL": 0,
        "SERIALIZER": "rq.serializers.JSONSerializer",
    }
    # a report takes as long as it takes
    for name, seconds in (("routing", 120), ("alerts", 120), ("calls", 120), ("reports", -1))
}
RQ_SHOW_ADMIN_LINK = False  # its pages are open to all staff; what is stuck is shown by the dashboard
RQ = {"COMMIT_MODE": "auto"}

# --- logs ------------------------------------------------------------------------------------------------------
LOG_LEVEL = env.text("LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR.")
LOGGING = logging_settings(LOG_LEVEL)

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Lead routing",
    "SITE_HEADER": "Lead routing",
    "SITE_SYMBOL": "alt_route",
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("leadrouting/favicon.svg")}
    ],
    "SHOW_BACK_BUTTON": True,
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "8px",
    "STYLES": [lambda request: static("leadrouting/admin.css")],
    "SCRIPTS": [lambda request: static("leadrouting/admin.js")],
    "DASHBOARD_CALLBACK": "routing.admin.dashboard.dashboard",
    "COMMAND": {"search_models": ["routing.lead", "routing.account", "routing.rule", "routing.pool", "reps.rep"]},
    "SIDEBAR": {"show_search": False, "command_search": True, "navigation": "routing.admin.menu.navigation"},
    "COLORS": {
        "primary": {
            "50": "oklch(97.3% .014 255)",
            "100": "oklch(93.8% .032 255)",
            "200": "oklch(88.6% .059 256)",
            "300": "oklch(80.9% .103 257)",
            "400": "oklch(70.8% .152 259)",
            "500": "oklch(61.5% .196 261)",
            "600": "oklch(53.2% .22 263)",
            "700": "oklch(47.2% .212 264)",
            "800": "oklch(41.2% .172 265)",
            "900": "oklch(36.8% .132 266)",
            "950": "oklch(27.5% .088 267)",
        }
    },
}
