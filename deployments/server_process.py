"""The embedded Prefect server: ``python -m deployments.server_process HOST PORT HOME``.

Ends when nobody uses it any longer. When its starter ends, its standard input closes. From then on
it waits until the last of its other users has ended, in whatever way. So no server is ever left
behind.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
from pathlib import Path

from deployments.own_place import private_folder
from deployments.server_database import prevent_lockup
from deployments.server_users import wait_until_unused

_GRACE_SECONDS = 4


def main() -> None:
    """Serve the Prefect API and UI, behind a door, at the host and port of the arguments."""
    host, port, home = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    # The server's own settings must not point it at another server.
    os.environ.pop("PREFECT_API_URL", None)
    # The door asks for the secret instead: one session opens all pages, and nothing stays open.
    os.environ.pop("PREFECT_SERVER_API_AUTH_STRING", None)
    threading.Thread(target=end_when_unused, args=(home,), daemon=True).start()
    # It would go through all that is imported, again and again: a fifth of the boot's time. Later
    # it is a separate thread that collects.
    gc.disable()

    import uvicorn
    from prefect.server.api.server import create_app

    from deployments.calm_server import CalmServer
    from deployments.entrance import open_credentials
    from deployments.server_news import NewsTeller
    from deployments.server_pace import slow_down
    from shanty.access.addresses import own_places
    from shanty.access.door import Door
    from shanty.config.settings import load_settings

    settings = load_settings()
    prevent_lockup()
    slow_down()
    gc.freeze()  # making the application collects, too
    application = create_app(final=True)
    gc.unfreeze()
    door = Door(
        NewsTeller(application, home),
        open_credentials(settings),
        own_places(host, settings.server.hosts),
        open_paths=["/api/health"],
    )
    with private_folder(home / "tmp") as folder:  # its starter's folder may vanish earlier
        os.environ["TMPDIR"] = str(folder)
        os.chdir(folder)
        # No header may say who asks: wrong guesses are counted by the true address.
        config = uvicorn.Config(
            door, host=host, port=port, log_level="warning", proxy_headers=False
        )
        CalmServer(config).run()


def end_when_unused(home: Path) -> None:
    """End this process when its starter and all other users of the server are gone."""
    os.read(0, 1)  # nobody ever writes: this returns when the other end is gone
    lock = wait_until_unused(home)  # held until we are gone, so that nobody joins at the end
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE_SECONDS)
    lock.close()
    os._exit(1)


if __name__ == "__main__":
    main()
