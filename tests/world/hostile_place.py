"""A folder and an environment of somebody else, in which tests start our processes."""

from __future__ import annotations

from pathlib import Path

from tests.world.crash_world import ROOT

# Names of modules of Python, of Prefect and of ours; one that is imported from here leaves a trace.
_MODULES = (
    *("__future__", "typing", "pathlib", "json", "logging", "queue", "sqlite3", "secrets"),
    *("uvicorn", "prefect", "sqlalchemy", "alembic", "fastapi", "yt_dlp", "typer", "dotenv"),
    *("shanty", "flows", "tasks", "deployments"),
)


class HostilePlace:
    """Plants files that might be used by mistake, and knows whether any of them was."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.traces = folder / "traces"
        self.traces.mkdir(parents=True)
        self.project = folder / "project"
        self._plant(folder)
        self._plant(self.project)
        database = f"sqlite+aiosqlite:///{self.traces}/foreign.db"
        (folder / ".env").write_text(
            f"PREFECT_SERVER_DATABASE_CONNECTION_URL={database}\n"
            f"PREFECT_PROFILES_PATH={folder}/profiles.toml\n"
            f"PREFECT_RESULTS_LOCAL_STORAGE_PATH={self.traces}/results\n"
        )
        (folder / "prefect.toml").write_text('api = {url = "http://127.0.0.1:9/api"}\nbroken = [\n')
        (folder / "pyproject.toml").write_text(
            '[tool.prefect.api]\nurl = "http://127.0.0.1:9/api"\n'
        )
        (folder / "profiles.toml").write_text(
            'active = "other"\n[profiles.other]\nPREFECT_API_KEY = "not ours"\n'
        )
        (folder / "alembic.ini").write_text("[alembic]\nscript_location = nowhere\n")
        for name in ("ffmpeg", "deno", "fpcalc"):
            (folder / name).write_text(f"#!/bin/sh\ntouch '{self.traces}/{name}'\nexit 1\n")
            (folder / name).chmod(0o755)
        self._temporary = folder / "tmp"
        self._temporary.mkdir()
        (self._temporary / "runner_storage").write_text("somebody else's\n")
        self._logging = folder / "logging.yml"
        self._logging.write_text("not a logging configuration\n")

    def _plant(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        for name in _MODULES:
            trace = f"{self.traces}/{folder.name}-{name}"
            (folder / f"{name}.py").write_text(f"open({trace!r}, 'w').close()\n")

    def environment(self, path: str, python_path: str = "") -> dict[str, str]:
        """The environment of a shell in which somebody works on another project."""
        settings = {
            "API_KEY": "not ours",
            "API_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{self.traces}/exported.db",
            "SERVER_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{self.traces}/exported.db",
            "HOME": f"{self.traces}/prefect",
            "PROFILE": "other",
            "PROFILES_PATH": f"{self.folder}/profiles.toml",
            "LOGGING_SETTINGS_PATH": str(self._logging),
            "RESULTS_PERSIST_BY_DEFAULT": "true",
            "LOCAL_STORAGE_PATH": f"{self.traces}/storage",
            "SERVER_API_PORT": "1",
            "SERVER_API_AUTH_STRING": "other:password",
            "TEST_MODE": "true",
            "SERVER_API_BASE_PATH": "/elsewhere",
        }
        return {
            **{f"PREFECT_{name}": value for name, value in settings.items()},
            "prefect_api_auth_string": "other:password",
            "WEB_CONCURRENCY": "4",
            "PYTHONWARNINGS": "error",
            "PYTHONPATH": f":{ROOT}:{python_path}::{self.project}:",
            "PATH": f".::{path}",
            "TMPDIR": str(self._temporary),
        }

    def check_is_untouched(self) -> None:
        """Check that none of it was executed, and that nothing was written where it points."""
        assert sorted(path.name for path in self.traces.iterdir()) == []
        assert sorted(path.name for path in self._temporary.iterdir()) == ["runner_storage"]
