"""Starts Firefox without a window for a moment, so that it renews a profile's cookies."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from shanty.errors import ConfigError

BOUND_SECONDS = 90.0
_STOP_SECONDS = 5.0


def find_firefox() -> Path | None:
    """The program, under the names that distributions give it; None if it is not installed."""
    found = shutil.which("firefox") or shutil.which("firefox-esr")
    return None if found is None else Path(found)


def is_in_use(profile_dir: Path) -> bool:
    """Whether a Firefox has this profile open now; then it renews the cookies itself.

    A running Firefox marks its profile with a link that names its process. A killed one leaves the
    link behind.
    """
    try:
        target = (profile_dir / "lock").readlink()
    except OSError:
        return False
    pid = str(target).rpartition("+")[2]
    return pid.isdigit() and Path(f"/proc/{pid}").exists()


def visit(profile_dir: Path, url: str, *, bound_seconds: float = BOUND_SECONDS) -> None:
    """Open a page with a profile and close the browser in good order.

    Raises:
        ConfigError: there is no Firefox, it has the profile open, or it does not end in time.
    """
    program = find_firefox()
    if program is None:
        raise ConfigError("setting 'cookies.renew': there is no Firefox on this machine")
    if is_in_use(profile_dir):
        raise ConfigError("Firefox has this profile open and renews its cookies itself")
    with tempfile.TemporaryDirectory(prefix="shanty-firefox-") as folder:
        # Told to take a screenshot, Firefox waits until the page has loaded, and then ends.
        picture = f"{folder}/page.png"
        command = [str(program), "--headless", "--no-remote", "--profile", str(profile_dir)]
        process = subprocess.Popen(
            [*command, "--screenshot", picture, url],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            process.wait(bound_seconds)
        except subprocess.TimeoutExpired:
            raise ConfigError(f"Firefox did not open {url} in {bound_seconds:.0f} s") from None
        finally:
            _end(process)
        if not Path(picture).exists():
            raise ConfigError(f"Firefox could not open {url}")


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
