"""The offline world as yt-dlp meets it."""

from __future__ import annotations

from tests.world.ytdlp_world import running_world, world

__all__ = ["running_world", "world"]
