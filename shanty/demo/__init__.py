"""The offline world: a made-up catalogue, audio origin and cover art on loopback.

The parts, from data to sockets: ``names`` and ``scene`` (the words), ``pressing`` and
``discography`` (what exists), ``offers`` (what can be downloaded), ``audio`` (how it sounds),
``catalogue``, ``origin``, ``coverart`` and ``lyrics`` (the services), ``faults`` and
``playability`` (what goes wrong), ``counters`` (what was asked), ``listener`` (the sockets),
``world`` (all of it), ``server`` (the world as a process), ``ytdlp_plugin`` (how yt-dlp finds it).
"""

from __future__ import annotations

from pathlib import Path


def ytdlp_plugin_dir() -> Path:
    """The folder that must be on ``sys.path`` before yt-dlp is first used in a process."""
    return Path(__file__).parent / "ytdlp_plugin"
