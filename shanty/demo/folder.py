"""The folder that a demo lives in: its library, its state, its rendered audio."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shanty.errors import ShantyError

if TYPE_CHECKING:
    from shanty.demo.world import World


_MARKER = ".shanty-demo"


@dataclass(frozen=True)
class DemoFolder:
    """The folder that a demo lives in: its library, its state, its rendered audio."""

    root: Path

    @property
    def library_dir(self) -> Path:
        """The demo's music library."""
        return self.root / "library"

    @property
    def home(self) -> Path:
        """The demo's ``SHANTY_HOME``."""
        return self.root / "home"

    @property
    def config_path(self) -> Path:
        """The demo's ``shanty.toml``; with it, any command can look at the demo afterwards."""
        return self.root / "shanty.toml"

    def prepare(self, tracks: int) -> bool:
        """Make the folder ready; returns whether an interrupted demo is resumed.

        Raises:
            ShantyError: the folder holds something else, or cannot be used.
        """
        marker = self.root / _MARKER
        if self.root.exists() and not marker.exists():
            if not self.root.is_dir():
                raise ShantyError(f"{self.root} is a file; name a folder with --dir")
            if any(self.root.iterdir()):
                raise ShantyError(
                    f"{self.root} holds something that is not a demo; name another with --dir"
                )
        if _read_marker(marker) == {"tracks": tracks, "is_finished": False}:
            return True
        shutil.rmtree(self.library_dir, ignore_errors=True)
        for name in ("incoming", "covers"):
            shutil.rmtree(self.home / name, ignore_errors=True)
        for path in self.home.glob("shanty.db*"):
            path.unlink()
        try:
            self.library_dir.mkdir(parents=True)
            self.home.mkdir(exist_ok=True)
            self.mark(tracks, is_finished=False)
        except OSError as error:
            raise ShantyError(f"{self.root} cannot be used: {error.strerror}") from None
        return False

    def mark(self, tracks: int, *, is_finished: bool) -> None:
        """Note how far this demo has come, for the next one in this folder."""
        content = json.dumps({"tracks": tracks, "is_finished": is_finished})
        new = self.root / f"{_MARKER}.new"
        new.write_text(content)
        new.replace(self.root / _MARKER)

    def point_settings_at_demo(self, world: World) -> None:
        """Make this process use this folder and the made-up world, not the person's settings.

        Above all, it must not use the person's database, which the environment may name.
        """
        of_the_world = world.settings_environment()
        for name in [name for name in os.environ if name.startswith("SHANTY_")]:
            if name not in of_the_world:
                del os.environ[name]
        home, library = (
            json.dumps(str(path), ensure_ascii=False) for path in (self.home, self.library_dir)
        )
        self.config_path.write_text(
            f"home = {home}\n\n[library]\npath = {library}\n", encoding="utf-8"
        )
        os.environ["SHANTY_CONFIG"] = str(self.config_path)


def _read_marker(path: Path) -> object:
    """What the last demo noted; None if it is missing, or damaged by a full disk or a crash."""
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return None
