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
    """Serve the Prefect API and UI, behind a door, at the host and port that are the arguments."""
    host, port = sys.argv[1], int(sys.argv[2])
    # The server's own settings must not point it at another server.
    os.environ.pop("PREFECT_API_URL", None)
    # The door asks in its place: one session then holds for all pages, and nothing is left open.
    os.environ.pop("PREFECT_SERVER_API_AUTH_STRING", None)
    threading.Thread(target=_end_with_owner, daemon=True).start()

    import uvicorn
    from prefect.server.api.server import create_app

    from deployments.entrance import open_credentials
    from shanty.access.addresses import own_places
    from shanty.access.door import Door
    from shanty.config import load_settings

    settings = load_settings()
    door = Door(
        create_app(final=True),
        open_credentials(settings),
        own_places(host, settings.server.hosts),
        open_paths=["/api/health"],
    )
    # No header may say who asks: guesses are counted by where they really come from.
    uvicorn.run(door, host=host, port=port, log_level="warning", proxy_headers=False)


def _end_with_owner() -> None:
    os.read(0, 1)  # nobody ever writes: it returns when the other end is gone
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    main()
