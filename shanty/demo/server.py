"""The offline world as a process of its own: ``python -m shanty.demo.server --port 0``.

Prints its base URL as the first line of standard output, then serves until SIGTERM or Ctrl-C. It
outlives the pipelines that use it; a test that kills them needs that.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from shanty.demo.discography import DEFAULT_TRACKS
from shanty.demo.world import World


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m shanty.demo.server", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--tracks", type=int, default=DEFAULT_TRACKS)
    parser.add_argument("--cache-dir", type=Path, help="keeps rendered audio for the next time")
    parser.add_argument("--download-seconds", type=float, default=0.0)
    parser.add_argument("--scene", action="store_true", help="with artists that can be watched")
    options = parser.parse_args(arguments)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        world = World(
            options.tracks,
            options.cache_dir,
            options.port,
            options.download_seconds,
            with_scene=options.scene,
        )
        with world:
            sys.stdout.write(f"{world.base_url}\n")
            sys.stdout.flush()
            stop.wait()
    except (OSError, ValueError) as error:
        sys.stderr.write(f"the offline world cannot be served: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
