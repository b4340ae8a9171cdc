"""The Prefect server of a test run: ``python -m tests.world.prefect_process PORT``.

It uses its database file and spends its time as the embedded server does. There is no door before
it.
"""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Serve until it is ended, at the port of the arguments."""
    gc.disable()  # it would go through all that is imported: a fifth of the boot's time
    import uvicorn
    from prefect.server.api.server import create_app

    from deployments.server_database import prevent_lockup
    from deployments.server_pace import slow_down

    prevent_lockup()
    slow_down()
    application = create_app(final=True)
    gc.freeze()
    gc.enable()
    uvicorn.run(application, port=int(sys.argv[1]), log_level="warning")


if __name__ == "__main__":
    main()
