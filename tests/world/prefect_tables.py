"""What Prefect's own migrations make of a new database.

``python -m tests.world.prefect_tables`` writes it into ``deployments/server_tables.sql``: to be
done when the lock has a newer Prefect.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from deployments.server_tables import TABLES_PATH, dump_tables

_MIGRATE = """
import asyncio
from prefect.server.database.dependencies import provide_database_interface
asyncio.run(provide_database_interface().create_db())
"""


def migrate(folder: Path) -> Path:
    """Let Prefect make a new database in a folder; returns its path."""
    path = folder / "prefect.db"
    url = f"sqlite+aiosqlite:///{path}"
    surroundings = {
        "PREFECT_HOME": str(folder),
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": url,
    }
    environment = {**os.environ, **surroundings}
    subprocess.run([sys.executable, "-c", _MIGRATE], env=environment, check=True)
    return path


def main() -> None:
    """Write the script of the installed Prefect's tables."""
    with tempfile.TemporaryDirectory() as folder:
        script = dump_tables(migrate(Path(folder)))
    TABLES_PATH.write_text(script, encoding="utf-8")


if __name__ == "__main__":
    main()
