"""A server process that starts and ends like the embedded one, but without Prefect.

It starts in a fraction of a second: ``python -m tests.world.light_server HOST PORT HOME``.
"""

from __future__ import annotations

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from deployments.server_process import end_when_unused


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"true")

    def log_message(self, format: str, *args: object) -> None:
        sys.stderr.write(f"{format % args}\n")
        sys.stderr.flush()


if __name__ == "__main__":
    host, port, home = sys.argv[1:4]
    threading.Thread(target=end_when_unused, args=(Path(home),), daemon=True).start()
    ThreadingHTTPServer((host, int(port)), _Handler).serve_forever()
