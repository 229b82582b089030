"""The web server: gunicorn with threads, on a socket that `up` has opened, forked from what is loaded already."""

from __future__ import annotations

import logging
import os
import socket
from typing import Any

from django.conf import settings
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.config import Config
from gunicorn.glogging import Logger

from leadrouting.processes import end_with_parent
from leadrouting.wsgi import application
from routing.intake import load_data

GRACE_SECONDS = 2
IDLE_SECONDS = 5
"""So long an open line may be without a request."""


class JsonLogger(Logger):
    """gunicorn's log in ours: only what is out of the ordinary."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True
        self.error_log.setLevel(logging.WARNING)


class WebServer(BaseApplication):
    """gunicorn without command line, configuration file or control socket."""

    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener
        super().__init__()

    def load_config(self) -> None:
        wanted = {
            "bind": f"fd://{os.dup(self.listener.fileno())}",  # gunicorn closes the one it is given
            "worker_class": "leadrouting.web_worker.ImpatientWorker",
            "workers": settings.WEB_WORKERS,
            "threads": settings.WEB_THREADS,
            "keepalive": IDLE_SECONDS,
            "preload_app": True,
            "control_socket_disable": True,
            "graceful_timeout": GRACE_SECONDS,
            "logger_class": JsonLogger,
            "post_fork": lambda arbiter, worker: end_with_parent(worker.ppid),
        }
        for name, value in wanted.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return application


def serve(listener: socket.socket) -> None:
    """Answer requests on this socket until SIGTERM."""
    load_data()  # here, so that the web processes share it and the first lead does not wait for it
    Arbiter(WebServer(listener)).run()
