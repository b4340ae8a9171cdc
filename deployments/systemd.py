"""Shanty as a service of systemd: put there, taken away, looked at.

Owns where the unit lies, and what ``systemctl`` is asked. Does not import Prefect.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deployments.unit import MARK, NAME, system_unit, user_unit
from shanty.errors import ServerError, one_line

_BOOTED = Path("/run/systemd/system")
_SYSTEM_DIR = Path("/etc/systemd/system")
_TIMEOUT_SECONDS = 1500.0  # the start waits until Shanty is ready
_SHOWN = (
    "ActiveState",
    "SubState",
    "StatusText",
    "MainPID",
    "NRestarts",
    "UnitFileState",
    "Result",
)


@dataclass(frozen=True, slots=True)
class UnitState:
    """What systemd knows of the service."""

    is_active: bool
    state: str
    """``active (running)``."""
    status_text: str
    pid: int
    restarts: int
    """How often systemd has started it anew by itself."""
    is_enabled: bool
    """Whether it starts by itself when the machine, or the user's session, begins."""


class Systemd:
    """The machine's systemd, or the one of this user."""

    def __init__(self, *, is_system: bool) -> None:
        self._is_system = is_system
        config = os.environ.get("XDG_CONFIG_HOME") or Path("~/.config").expanduser()
        own = Path(config) / "systemd" / "user"
        self.path = (_SYSTEM_DIR if is_system else own) / NAME

    def install(self, environment: Mapping[str, str], user: str) -> None:
        """Write the unit, start it, and let it start by itself from now on.

        Raises:
            ServerError: there is no systemd, it refuses, or a unit of that name is not ours.
        """
        self.require()
        if self._is_system:
            _require_user(user)
        self._require_own()
        unit = system_unit(environment, user) if self._is_system else user_unit(environment)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(unit, encoding="utf-8")
        self._ask("daemon-reload")
        self._ask("enable", "--quiet", NAME)
        self._ask("restart", NAME)

    def uninstall(self) -> bool:
        """End the service and remove the unit; returns whether there was one.

        Raises:
            ServerError: as :meth:`install`.
        """
        self.require()
        self._require_own()
        if not self.path.exists():
            return False
        self._ask("disable", "--quiet", "--now", NAME)
        self.path.unlink()
        self._ask("daemon-reload")
        return True

    def read_state(self) -> UnitState | None:
        """How the service is; None if it is not installed.

        Raises:
            ServerError: there is no systemd, or it does not answer.
        """
        self.require()
        if not self.path.exists():
            return None
        lines = self._ask("show", f"--property={','.join(_SHOWN)}", NAME).splitlines()
        found = dict(line.partition("=")[::2] for line in lines)
        state = f"{found['ActiveState']} ({found['SubState']})"
        if found["Result"] != "success":
            state += f", ended before: {found['Result']}"
        return UnitState(
            is_active=found["ActiveState"] == "active",
            state=state,
            status_text=found["StatusText"],
            pid=int(found["MainPID"]),
            restarts=int(found["NRestarts"]),
            is_enabled=found["UnitFileState"] == "enabled",
        )

    def ends_with_session(self) -> bool:
        """Whether the service ends when its user logs out."""
        if self._is_system:
            return False
        name = pwd.getpwuid(os.getuid()).pw_name
        return not Path("/var/lib/systemd/linger", name).exists()

    @property
    def log_command(self) -> str:
        """The command that shows the service's log."""
        return f"journalctl {'' if self._is_system else '--user '}--unit shanty"

    def require(self) -> None:
        """Make sure that there is a systemd.

        Raises:
            ServerError: there is none.
        """
        if not _BOOTED.is_dir() or shutil.which("systemctl") is None:
            raise ServerError(
                "this machine is not run by systemd; `shanty up` does the same in the foreground, "
                "for whatever starts programs here"
            )

    def _require_own(self) -> None:
        if self.path.exists() and not self.path.read_text(errors="replace").startswith(MARK):
            raise ServerError(f"{self.path} is a unit that was not made by Shanty; move it away")

    def _ask(self, *words: str) -> str:
        command = [
            "systemctl",
            *([] if self._is_system else ["--user"]),
            "--no-ask-password",
            *words,
        ]
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_TIMEOUT_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ServerError(f"systemctl {words[0]}: {one_line(str(error))}") from None
        if done.returncode:
            why = one_line(done.stderr.strip()) or f"exit code {done.returncode}"
            raise ServerError(f"systemctl {words[0]}: {why} ({self.log_command} may say more)")
        return done.stdout


def _require_user(name: str) -> None:
    if not name:
        raise ServerError("say as which user the service runs: --user NAME")
    try:
        pwd.getpwnam(name)
    except (KeyError, ValueError, UnicodeError):
        raise ServerError(f"there is no user {one_line(name)!r} here") from None
