"""The page about all settings, made from the variables that the settings read."""

from __future__ import annotations

from leadrouting.env import VARIABLES

PAGE = """\
# Settings

<!-- Made by `.venv/bin/python manage.py settings_doc --write`. Do not edit. -->

Every setting is an environment variable. None is needed for a trial.
For each `NAME`, `NAME_FILE` may name a file that holds the value, for secrets.

## In production

```sh
PRODUCTION=1
SECRET_KEY_FILE=/run/secrets/secret_key         # a long random text of your own
ALLOWED_HOSTS=leads.example.com
PUBLIC_URL=https://leads.example.com
BEHIND_PROXY=1                                  # if a proxy ends HTTPS and sets X-Forwarded-Proto
NUM_PROXIES=1                                   # how many proxies append to X-Forwarded-For
DATABASE_URL_FILE=/run/secrets/database_url     # postgres://user:password@host:5432/name
REDIS_URL=redis://redis.internal:6379/0         # maxmemory-policy noeviction; leave empty for the embedded one
EMAIL_URL_FILE=/run/secrets/email_url           # smtp+tls://user:password@host:587
FROM_EMAIL="Leads <leads@example.com>"
```

With these `.venv/bin/python manage.py check --deploy --database default` finds nothing to complain about.
PostgreSQL keeps its defaults `fsync = on` and `synchronous_commit = on`: an accepted lead survives a crash.
`/metrics` and `/readyz` hold no personal data, but let only your own monitoring reach them.

### Run it

1. **Install**: `make install` makes `.venv` with exact versions. It needs Python 3.11 or newer.
2. **Start**: `.venv/bin/python manage.py up` under systemd or any other supervisor, with the variables above in its
   environment. It brings the database up to date, then runs the web server, the workers and the clock, and starts
   anew what ends. SIGTERM stops all of it. In production it makes no demo company.

   ```ini
   [Service]
   User=leads
   WorkingDirectory=/srv/leadrouting
   EnvironmentFile=/etc/leadrouting.env
   ExecStart=/srv/leadrouting/.venv/bin/python manage.py up
   KillMode=mixed
   Restart=always
   ```

3. **Sign in**: the very first start, when there is no user, makes the user `admin`. The password is printed once and
   kept in the file `passwords` of the data folder, which only its owner can read. Change it in the admin, then delete
   the file. A lost password: `.venv/bin/python manage.py changepassword admin`.
4. **HTTPS**: put a proxy in front of `HOST` and `PORT` that ends HTTPS, passes `Host` on and sets `X-Forwarded-Proto`
   itself, and set `BEHIND_PROXY=1`. Without it, every page in production is sent on to https again and again.
5. **Upgrade**: get the new version (`git pull`), `make install`, restart. Make a backup first.
6. **Backup**: `.venv/bin/python manage.py backup FILE` writes everything into one file while everything runs;
   `manage.py restore FILE` brings it back, also into another kind of database. Keep the secret key as well: your own,
   or `secret_key` in the data folder of a trial. Redis holds nothing that would be missed.

[operations.md](operations.md) has the rest: systemd units, several hosts, restore, moving from SQLite to PostgreSQL,
monitoring, and what to do when something is wrong.

All commands of `manage.py` work on the database of `DATABASE_URL`, else on the one in `LEADROUTING_DATA`: run them
with the same variables as `up`.

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
