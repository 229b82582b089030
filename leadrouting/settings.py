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
from leadrouting.identity import configuration as identity
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
WEB_READ_SECONDS = env.number(
    "WEB_READ_SECONDS", 60, "A request that has not arrived in full after so many seconds is not waited for."
)
WEB_WAIT_SECONDS = env.number(
    "WEB_WAIT_SECONDS", 5, "A request that has waited so many seconds for its turn is answered 503 with Retry-After."
)

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

# --- what texts are about ---------------------------------------------------------------------------------------
LANGUAGE_MODEL_URL = env.text(
    "LANGUAGE_MODEL_URL",
    "",
    "Where a language model answers as OpenAI's does, such as https://llm.example.com/v1, for the setting that finds "
    "topics by one. A server in the own network: name it in OUTGOING_ALLOWED, too.",
)
LANGUAGE_MODEL_NAME = env.text("LANGUAGE_MODEL_NAME", "", "The model that is asked for there.")
LANGUAGE_MODEL_KEY = env.text("LANGUAGE_MODEL_KEY", "", "The key that is sent to it.")
LANGUAGE_MODEL_CALLS_PER_DAY = env.number(
    "LANGUAGE_MODEL_CALLS_PER_DAY", 2_000, "So often is it asked on a day (UTC); then keywords find topics."
)
LANGUAGE_MODEL_TOKENS_PER_DAY = env.number(
    "LANGUAGE_MODEL_TOKENS_PER_DAY", 2_000_000, "After so many tokens of a day (UTC) it is not asked any more."
)

# --- privacy ---------------------------------------------------------------------------------------------------
SUPPRESSION_KEY = env.text(
    "SUPPRESSION_KEY",
    "",
    "Keys the hashes of people who were erased and shall not come back. Lost or changed, they are not known any more.",
    "SECRET_KEY, and its fallbacks",
)
LEAD_RETENTION_DAYS = env.number(
    "LEAD_RETENTION_DAYS",
    0,
    "So many days after the last thing happened to a lead it is erased, unless it is still to be routed. 0: never.",
)
SUBMISSION_DAYS = env.number(
    "SUBMISSION_DAYS",
    90,
    "After so many days what a form or an inbound address took in, as it came, is removed. 0: never.",
)
IMPORT_DAYS = env.number(
    "IMPORT_DAYS", 30, "After so many days a file that was imported goes, with its rows; its leads stay. 0: never."
)
MAILBOX_DAYS = env.number("MAILBOX_DAYS", 30, "After so many days mails in the local mailbox are removed. 0: never.")
SIGNAL_DAYS = env.number("SIGNAL_DAYS", 365, "After so many days buying signals are removed. 0: never.")

# --- signing in ------------------------------------------------------------------------------------------------
IDENTITY = identity.read_identity()
MFA = IDENTITY.mfa

# --- apps ------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "leadrouting.apps.LeadRoutingConfig",
    "routing",
    "reps",
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.simple_history",
    "leadrouting.apps.PagesConfig",
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
    *identity.apps_of(IDENTITY),
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "leadrouting.compression.CompressionMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "leadrouting.security.HeadersMiddleware",
    "leadrouting.security.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    *identity.middleware_of(IDENTITY),
    "leadrouting.actors.ActorMiddleware",
    "leadrouting.sign_in.middleware.SignInMiddleware",
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
                "routing.admin.docs.links.doc_link",
            ]
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"  # widgets of ours have templates in templates/
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
LANGUAGES = [("en", "English"), ("de", "German")]
DOCS_DIR = BASE_DIR / "docs"
LOCALE_PATHS = [BASE_DIR / "routing" / "locale"]
FORMAT_MODULE_PATH = ["leadrouting.formats"]
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True  # served from where they lie; nothing to collect
LOGIN_URL = reverse_lazy("admin:login")
LOGIN_REDIRECT_URL = reverse_lazy("admin:index")
AUTHENTICATION_BACKENDS = [f"leadrouting.sign_in.passwords.{'NoPasswords' if IDENTITY.only else 'LimitedPasswords'}"]
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
IMPORT_MAX_BYTES = env.number("IMPORT_MAX_BYTES", 50 * 1024 * 1024, "Largest file that can be imported, in bytes.")
IMPORT_MAX_UNZIPPED_BYTES = env.number(
    "IMPORT_MAX_UNZIPPED_BYTES", 500 * 1024 * 1024, "What an Excel file may unpack to, in bytes."
)
IMPORT_MAX_ROWS = env.number("IMPORT_MAX_ROWS", 200_000, "Most rows of a file that is imported.")
IMPORT_MAX_COLUMNS = env.number("IMPORT_MAX_COLUMNS", 200, "Most columns of a file that is imported.")
IMPORT_MAX_CELL_CHARACTERS = env.number(
    "IMPORT_MAX_CELL_CHARACTERS", 50_000, "Longest text in one cell of a file that is imported."
)

SPOOL_MEGABYTES = env.number(
    "SPOOL_MEGABYTES",
    100,
    "How much of what visitors send may wait on disk while the database is away, in megabytes. 0: nothing is taken in.",
)
SPOOL_DIR = DATA_DIR / "spool"
TURNSTILE_VERIFY_URL = env.text(
    "TURNSTILE_VERIFY_URL",
    "https://challenges.cloudflare.com/turnstile/v0/siteverify",
    "Where answers to Cloudflare Turnstile are checked.",
)
HCAPTCHA_VERIFY_URL = env.text(
    "HCAPTCHA_VERIFY_URL", "https://api.hcaptcha.com/siteverify", "Where answers to hCaptcha are checked."
)

# --- security --------------------------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", PRODUCTION, "Sends http to https. In production: yes.")
SECURE_HSTS_SECONDS = env.number("SECURE_HSTS_SECONDS", 31536000 if PRODUCTION else 0, "HSTS. In production: a year.")
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME, BROWSER_COOKIE_NAME = (
    f"__Host-{name}" if PRODUCTION else name  # so called, no other host of the domain can set them
    for name in ("sessionid", "csrftoken", "browser")
)
SESSION_COOKIE_AGE = 3600 * env.number(
    "SESSION_HOURS", 336, "After so many hours a sign-in ends, and one has to sign in again."
)
SIGN_IN_TRIES = env.number(
    "SIGN_IN_TRIES",
    10,
    "So many wrong passwords for one sign-in from one address, then one has to wait. Five times as many from one "
    "address for whatever sign-ins, three times as many for one sign-in from browsers that are not known.",
)
SIGN_IN_MINUTES = env.number("SIGN_IN_MINUTES", 15, "How long wrong passwords are counted together, in minutes.")
SIGN_IN_MAILS_PER_HOUR = env.number(
    "SIGN_IN_MAILS_PER_HOUR", 5, "So many mails with a link to choose a password go to one mailbox within an hour."
)
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
NUM_PROXIES = env.number(
    "NUM_PROXIES",
    0,
    "How many proxies stand in front. The visitor's address, by which limits count, is then so many entries from the "
    "right of X-Forwarded-For. 0: the header is not read.",
)
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
API_PER_MINUTE = env.number(
    "API_PER_MINUTE", 6000, "So many requests a minute may one API key make; more are answered 429. 0: no limit."
)
API_FAILURES_PER_MINUTE = env.number(
    "API_FAILURES_PER_MINUTE",
    60,
    "So many wrong API keys a minute may come from one address; more are answered 429. 0: no limit.",
)
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["routing.api.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["routing.api.permissions.HasScope"],
    "DEFAULT_PARSER_CLASSES": ["routing.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "routing.api.pagination.CursorPages",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "routing.api.schema.ProblemAutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["routing.api.throttling.KeyThrottle"],
    "EXCEPTION_HANDLER": "routing.api.problems.problem_handler",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Lead routing",
    "DESCRIPTION": (
        "Send in leads, see who owns them and why, and change who gets what.\n\n"
        "Press *Authorize* and paste an API key (*System → API keys*, or `manage.py create_api_key`). "
        "Each operation names the scope that its key needs.\n\n"
        "Lists come in pages: follow `next` and `previous`. "
        "Errors are `application/problem+json` and say in `detail` what is wrong and what to do. "
        "Send a lead with an `Idempotency-Key`, and it never comes twice; "
        "change a row with its `ETag` as `If-Match`, and nobody is written over."
    ),
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": [],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {
        "deepLinking": True,
        "docExpansion": "none",  # there are many
        "filter": True,
        "defaultModelsExpandDepth": -1,
        "displayRequestDuration": True,
        "tryItOutEnabled": True,
    },
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "routing.api.webhook_events.add_webhooks_and_tags",
    ],
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
RQ_SHOW_ADMIN_LINK = False  # its own pages are open to all staff; ours are routing/admin/jobs.py
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
    "SCRIPTS": [
        lambda request: static("leadrouting/admin.js"),
        lambda request: static("leadrouting/keyboard.js"),
        lambda request: static("leadrouting/palette.js"),
    ],
    "LOGIN": {"form": "leadrouting.sign_in.forms.AdminSignInForm"},
    "DASHBOARD_CALLBACK": "routing.admin.dashboard.dashboard",
    "SIDEBAR": {"navigation": "routing.admin.menu.navigation"},
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
if MFA != "off":
    UNFOLD["ACCOUNT"] = {"navigation": [{"title": "Second step", "link": reverse_lazy("mfa_index")}]}
globals().update(identity.settings_of(IDENTITY))
