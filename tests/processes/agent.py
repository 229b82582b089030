"""An agent that cannot be relied on: `hang` never answers, `lie` acknowledges and rests, `die` dies of a call."""

from __future__ import annotations

import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOW = sys.argv[2]


class Agent(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        if HOW == "hang":
            threading.Event().wait()
        if HOW == "die":
            self.wfile.write(b"HTTP/1.1 2")
            self.wfile.flush()
            os._exit(1)
        self.send_response(204)
        self.end_headers()


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Agent).serve_forever()
