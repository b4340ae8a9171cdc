"""The process of the embedded Prefect server: ``python -m deployments.server_process HOST PORT``.

Ends when its standard input ends, which it does when the process that started it is gone, however
that one died: no server is ever left behind.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

_GRACE_SECONDS = 4


def main() -> None:
    """Serve the Prefect API and UI at the host and port given as the arguments."""
    host, port = sys.argv[1], int(sys.argv[2])
    # The server's own settings must not point it at another server.
    os.environ.pop("PREFECT_API_URL", None)
    threading.Thread(target=_end_with_owner, daemon=True).start()

    import uvicorn
    from prefect.server.api.server import create_app

    uvicorn.run(create_app(final=True), host=host, port=port, log_level="warning")


def _end_with_owner() -> None:
    os.read(0, 1)  # nobody ever writes: it returns when the other end is gone
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    main()
