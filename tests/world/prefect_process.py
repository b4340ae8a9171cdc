"""The Prefect server of a test run: ``python -m tests.world.prefect_process PORT``.

It uses its database file as the embedded server does. There is no door before it.
"""

from __future__ import annotations

import sys

import uvicorn
from prefect.server.api.server import create_app

from deployments.server_database import prevent_lockup

if __name__ == "__main__":
    prevent_lockup()
    uvicorn.run(create_app(final=True), port=int(sys.argv[1]), log_level="warning")
