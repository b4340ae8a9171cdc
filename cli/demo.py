"""``shanty demo``: the whole product with no network and no account."""

from __future__ import annotations

import os
import shlex
import signal
import sys
import threading
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.live import showing_progress
from cli.opening import LARGEST_NUMBER, State, open_state
from cli.printing import JsonOption, print_json, printable
from shanty.demo.folder import DemoFolder
from shanty.errors import ShantyError, count_of
from shanty.models import Stage, TrackStatus, WantedTrack
from shanty.music.entities import NOBODY_MBIDS

if TYPE_CHECKING:
    from shanty.demo.world import World

_SHOWN_REASONS = 3


def demo(
    tracks: Annotated[int, typer.Option(min=1, max=5000, help="How many tracks to want.")] = 24,
    folder: Annotated[
        Path, typer.Option("--dir", help="Where the demo keeps its library and its state.")
    ] = Path("shanty-demo"),
    is_kept: Annotated[
        bool, typer.Option("--keep", help="Keep the Prefect pages up afterwards, until Ctrl-C.")
    ] = False,
    is_scene: Annotated[
        bool,
        typer.Option(
            "--scene",
            help="Only serve made-up artists that can be watched, until Ctrl-C, and print what "
            "points a shell at them.",
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Watch made-up albums arrive in a library, offline; exit code 0 only if every track did.

    Interrupted, it goes on where it was; finished, it starts over.
    """
    if is_scene:
        serve_scene(folder.resolve())
        return
    from deployments.entrance import link_to_server
    from deployments.local import run_pipeline
    from deployments.own_place import own_place
    from deployments.server import prefect_server
    from shanty.demo.world import DEMO_DOWNLOAD_SECONDS, World

    def announce(line: str) -> None:
        if not as_json:
            typer.echo(line)

    place = DemoFolder(folder.resolve())
    is_resumed = place.prepare(tracks)
    world = World(tracks, place.root / "audio", download_seconds=DEMO_DOWNLOAD_SECONDS)
    with world, world.activated():
        place.point_settings_at_demo(world)
        state = open_state()
        announce(f"A made-up music world is on {world.base_url}: nothing leaves this machine.")
        want_everything(world, state)
        announce(
            "Going on where the last demo was interrupted."
            if is_resumed
            else f"{count_of(tracks, 'track is', 'tracks are')} wanted."
        )
        announce("Starting the Prefect server (6 s) …")
        with own_place(place.home), prefect_server(state.settings) as api_url:
            # Nobody's music is behind it, so a log may have the address too.
            announce(
                f"Watch it work here, or in a browser: {link_to_server(state.settings, api_url)}\n"
            )
            with showing_progress(state, is_quiet=as_json):
                run = run_pipeline()
            if is_kept:
                announce("\nThe pages stay up until Ctrl-C.")
                _wait_for_interrupt()
        result = measure(world, state, run["began_at"], run["ended_at"])
        reasons = why_missing(world, state)
    place.mark(tracks, is_finished=result["in_library"] == tracks)
    if as_json:
        print_json(result)
    else:
        show_result(result, place)
    if result["in_library"] != tracks:
        missing = tracks - result["in_library"]
        more = ["…"] if len(reasons) > _SHOWN_REASONS else []
        raise ShantyError(
            f"{missing} of {count_of(tracks, 'track')} did not get into the library "
            f"({'; '.join([*reasons[:_SHOWN_REASONS], *more])}): the same command goes on with "
            "what is wanted, another --dir starts over"
        )


def serve_scene(folder: Path) -> None:
    """Serve the made-up scene until Ctrl-C; first say what points a shell at it, and who is in it.

    A shell that takes the lines over gets a home and a library below ``folder``, so that nothing
    is mixed with the music of its owner.
    """
    from shanty.demo.world import World

    world = World(1, folder / "scene-audio", with_scene=True)
    with world:
        assert world.scene is not None, "made with it"
        places = {
            "SHANTY_HOME": str(folder / "scene-home"),
            "SHANTY_LIBRARY__PATH": str(folder / "scene-library"),
        }
        typer.echo("# Paste this into another shell; it lasts until this process is ended:")
        for name, value in (world.settings_environment() | places).items():
            typer.echo(f"export {name}={shlex.quote(value)}")
        artists = {one.name for one in world.scene.artists if one.mbid not in NOBODY_MBIDS}
        names = sorted(artists)
        albums = Counter(
            group.artist_credit.name
            for group in world.scene.release_groups
            if group.primary_type == "Album" and not group.secondary_types
        )
        example = max(names, key=lambda name: albums[name])
        typer.echo(f"# The artists: {printable(', '.join(names))}")
        typer.echo("# For example:")
        typer.echo(f"#   {_this_command()} watch add artist {shlex.quote(example)}")
        typer.echo(f"#   {_this_command()} run")
        sys.stdout.flush()
        _wait_for_interrupt()


def _wait_for_interrupt() -> None:
    """Sleep until Ctrl-C or SIGTERM."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    ended.wait()


def want_everything(world: World, state: State) -> None:
    """Watch every recording of the world, as ``shanty watch add track`` does."""
    from shanty.sources.opening import open_musicbrainz
    from shanty.watching.watch import watch_track

    musicbrainz = open_musicbrainz(state.settings, state.database)
    watched = {rule.mbid for rule in state.catalog.rules.list_rules()}
    for mbid in world.recordings:
        if mbid not in watched:
            watch_track(mbid, database=state.database, musicbrainz=musicbrainz)


def measure(world: World, state: State, began_at: datetime, ended_at: datetime) -> dict[str, Any]:
    """The document of ``demo --json``; a track counts when its file has exactly the right tags."""
    filed = [at for at in state.catalog.files.filed_at() if at >= began_at]
    downloads = [
        item.started_at
        for item in state.queue.overview.list_items(stage=Stage.DOWNLOAD)
        if item.started_at and item.started_at >= began_at
    ]

    def seconds(at: datetime | None) -> float | None:
        return None if at is None else round((at - began_at).total_seconds(), 2)

    return {
        "tracks": len(world.recordings),
        "in_library": len(_right_tracks(world, state)),
        "first_track_s": seconds(min(filed, default=None)),
        "last_download_started_s": seconds(max(downloads, default=None)),
        "total_s": seconds(ended_at),
        "library_dir": str(state.settings.library.path),
    }


def why_missing(world: World, state: State) -> list[str]:
    """Why tracks are not in the library as they should be, the most frequent reasons first."""
    errors: dict[int, str] = {}
    for item in state.queue.overview.list_items(limit=LARGEST_NUMBER):
        if item.error:
            errors.setdefault(item.track_id, item.error)
    right = _right_tracks(world, state)
    reasons = Counter(
        f"{track.status.replace('_', ' ')}: {_why(track, errors)}"
        for track in state.catalog.tracks.list_tracks()
        if track.id not in right
    )
    return [f"{number} {reason}" for reason, number in reasons.most_common()]


def _why(track: WantedTrack, errors: Mapping[int, str]) -> str:
    if track.status is TrackStatus.IN_LIBRARY:
        return "its file is not there, or its tags are not the catalogue's"
    return track.reason or errors.get(track.id, "its turn did not come")


def _right_tracks(world: World, state: State) -> set[int]:
    from shanty.tags.tagging import build_tags, read_tags

    return {
        track.id
        for track, file in state.catalog.files.list_library()
        if file.path.exists()
        and read_tags(file.path) == build_tags(world.expected(track.recording_mbid))
    }


def show_result(result: dict[str, Any], place: DemoFolder) -> None:
    """Print the library as a tree, the times as a table, and how to look around in it."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text
    from rich.tree import Tree

    console = Console()
    tree = Tree(Text(str(place.library_dir), style="bold"))
    _grow(tree, place.library_dir)
    console.print(tree)
    table = Table(box=None, pad_edge=False, show_header=False)
    for label, key in (
        ("first track in the library after", "first_track_s"),
        ("last download begun after", "last_download_started_s"),
        ("all done after", "total_s"),
    ):
        value = result[key]
        table.add_row(label, "–" if value is None else f"{value:.1f} s")
    console.print()
    console.print(table)
    console.print(
        f"\nIn the library: {result['in_library']} of {count_of(result['tracks'], 'track')}, "
        "with exactly the tags of the catalogue.",
        highlight=False,
    )
    config = shlex.quote(os.path.relpath(place.config_path))
    # A line that is copied is not to be wrapped.
    typer.echo(f"Look around in it:  SHANTY_CONFIG={config} {_this_command()} library ls")


def _this_command() -> str:
    """How ``shanty`` was called: by its name, or from a checkout."""
    if Path(sys.argv[0]).stem == "shanty":
        return "shanty"
    return f"{shlex.quote(os.path.relpath(sys.executable))} -m cli.main"


def _grow(tree: Any, folder: Path) -> None:
    from rich.text import Text

    for path in sorted(folder.iterdir()):
        branch = tree.add(Text(printable(path.name), style="bold" if path.is_dir() else ""))
        if path.is_dir():
            _grow(branch, path)
