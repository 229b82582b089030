"""The page about all settings, made from the variables that the settings read."""

from __future__ import annotations

from leadrouting.env import VARIABLES

PAGE = """\
# Settings

<!-- Made by `python manage.py settings_doc --write`. Do not edit. -->

Every setting is an environment variable. None is needed for a trial.
For each `NAME`, `NAME_FILE` may name a file that holds the value, for secrets.

## In production

```sh
PRODUCTION=1
SECRET_KEY_FILE=/run/secrets/secret_key         # a long random text of your own
ALLOWED_HOSTS=leads.example.com
PUBLIC_URL=https://leads.example.com
BEHIND_PROXY=1                                  # if a proxy ends HTTPS and sets X-Forwarded-Proto
DATABASE_URL_FILE=/run/secrets/database_url     # postgres://user:password@host:5432/name
REDIS_URL=redis://redis.internal:6379/0         # maxmemory-policy noeviction; leave empty for the embedded one
EMAIL_URL_FILE=/run/secrets/email_url           # smtp+tls://user:password@host:587
FROM_EMAIL="Leads <leads@example.com>"
```

With these `python manage.py check --deploy --database default` finds nothing to complain about.
PostgreSQL keeps its defaults `fsync = on` and `synchronous_commit = on`: an accepted lead survives a crash.
`/metrics` and `/readyz` hold no personal data, but let only your own monitoring reach them.

## All variables

| Variable | Default | Meaning |
|---|---|---|
"""


def settings_page() -> str:
    """The page as Markdown, variables by name."""
    return PAGE + "".join(
        f"| `{variable.name}` | {_cell(variable.default)} | {_escaped(variable.meaning)} |\n"
        for _, variable in sorted(VARIABLES.items())
    )


def _cell(default: str) -> str:
    return _escaped(default) or "empty"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")
