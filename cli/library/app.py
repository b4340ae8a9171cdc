"""``shanty library``: what is in it, and what a person had before."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.library.adopt import adopt
from cli.library.check import check
from cli.library.history import show_history
from cli.library.rename import rename
from cli.library.retag import retag
from cli.opening import open_state
from cli.printing import JsonOption, cut, print_json, print_json_list, printable, show_path
from shanty.catalog.lookup import find_in_library
from shanty.errors import count_of
from shanty.models import Stage

if TYPE_CHECKING:
    from shanty.library.scan import FoundFile, ScanReport

app = typer.Typer(no_args_is_help=True, help="Look at the library, and at music you have already.")
app.command("adopt")(adopt)
app.command("check")(check)
app.command("rename")(rename)
app.command("retag")(retag)
app.command("history")(show_history)
app.command("journal", hidden=True)(show_history)

_TAG_NAMES = {"recording": "recording id", "isrc": "ISRC", "name": "name and length"}
_FILES_PER_LINE = 1000


@app.command("ls")
def list_library(
    artist: Annotated[
        str, typer.Option("--artist", help="Only artists with this text in their name.")
    ] = "",
    album: Annotated[
        str, typer.Option("--album", help="Only albums with this text in their title.")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """List the tracks that are in the library: filed by Shanty, or found by a scan.

    Paths are below the library's folder, grouped by theirs.
    """
    state = open_state()
    library = find_in_library(state.catalog, artist=artist, album=album)
    if as_json:
        print_json_list(
            {
                "id": track.id,
                "recording_mbid": track.recording_mbid,
                "title": track.title,
                "artist": track.artist,
                "album": track.album,
                "path": show_path(path),
            }
            for track, path in library
        )
        return
    width = shutil.get_terminal_size((160, 24)).columns
    folder: Path | None = None
    number = 0
    for track, path in library:
        number += 1
        if path.parent != folder:
            folder = path.parent
            typer.echo(cut(printable(_below(folder, state.settings.library.path)), width))
        typer.echo(cut(f"{track.id:>6}  {printable(show_path(Path(path.name)))}", width))
    if number:
        typer.echo(count_of(number, "track"))
    else:
        typer.echo("no such track is in the library" if artist or album else "the library is empty")


def _below(folder: Path, library: Path) -> str:
    """A folder as it is seen from the library; whole if it lies elsewhere."""
    if folder.is_relative_to(library):
        return f"{show_path(folder.relative_to(library))}/"
    return f"{show_path(folder)}/"


@app.command("scan")
def scan(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where your music is.")],
    is_emptied: Annotated[
        bool,
        typer.Option(
            "--emptied",
            help="Forget the files of folders that are empty now, or of DIR if that is gone; "
            "otherwise those are taken for disks that are not mounted.",
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Find out which wanted tracks you already have. No file is moved or changed.

    Files are recognised by their recording MBID, else by ISRC, else by artist, title and length.
    Each file is listed: recognised, unsure (with the reason), or unknown.
    What was read before and has not changed is not opened again.
    """
    from shanty.library.scan import scan_library

    state = open_state()
    with _showing_scan(is_quiet=as_json) as show:
        report = scan_library(
            folder,
            settings=state.settings,
            database=state.database,
            queue=state.queue,
            on_progress=show,
            is_emptied=is_emptied,
        )
    if as_json:
        print_json(
            {
                "folder": show_path(report.root),
                "files": report.seen,
                "filed_by_shanty": report.filed,
                "read": report.read,
                "recognised": report.recognised,
                "marked": report.marked,
                "wanted_again": report.wanted_again,
                "unreadable": [
                    {"path": show_path(one.path), "reason": one.reason} for one in report.unreadable
                ],
                "vanished": [show_path(path) for path in report.vanished],
                "files_read": [_file_document(one) for one in report.files],
            }
        )
        return
    _print_report(report, {track.id: track.label for track in state.catalog.tracks.list_tracks()})


@app.command("apply")
def apply(
    stage: Annotated[Stage, typer.Argument(help="A stage that works on what is filed.")],
    as_json: JsonOption = False,
) -> None:
    """Queue a stage for all that was filed, such as one that was switched on later.

    The next run does it, after what is wanted. Tracks that are under way get there by themselves.
    """
    from shanty.tracks.switching import apply_stage

    state = open_state()
    queued = apply_stage(stage, state.settings, state.database, state.queue)
    if as_json:
        print_json({"stage": stage.value, "queued": queued})
    elif queued:
        typer.echo(f"{count_of(queued, 'track')} queued for {stage}, in the next run")
    else:
        typer.echo(f"nothing new is queued for {stage}: every filed track has it, or gets there")


def _file_document(file: FoundFile) -> dict[str, Any]:
    """What a file was recognised as, and what it may be although that is in doubt."""
    match = file.match
    return {
        "path": show_path(file.path),
        "track": match.track_id,
        "matched_by": match.matched_by or None,
        "unsure": [{"track": one.track_id, "reason": one.reason} for one in match.doubts],
    }


def _print_report(report: ScanReport, labels: Mapping[int, str]) -> None:
    for one in report.unreadable:
        typer.echo(f"cannot read {printable(show_path(one.path))}: {printable(one.reason)}")
    for file in report.files:
        path = printable(show_path(file.path))
        if file.match.track_id is not None:
            by = f", by its {_TAG_NAMES[file.match.matched_by]}" if file.match.matched_by else ""
            label = labels.get(file.match.track_id, "?")
            typer.echo(f"recognised {path}: {printable(label)}{by}")
            continue
        for doubt in file.match.doubts:
            label = printable(labels.get(doubt.track_id, "?"))
            typer.echo(f"unsure {path}: not taken for {label}, because {printable(doubt.reason)}")
        if not file.match.doubts:
            typer.echo(f"unknown {path}")
    typer.echo(f"{_progress_line(report)} (and {report.filed} of Shanty's own)")
    marked = count_of(report.marked, "wanted track is", "wanted tracks are")
    typer.echo(f"{marked} in the library now")
    if report.unreadable:
        many = count_of(len(report.unreadable), "file or folder", "files or folders")
        typer.echo(f"{many} could not be read")
    if report.vanished:
        gone = count_of(len(report.vanished), "file is", "files are")
        again = count_of(report.wanted_again, "track is", "tracks are")
        typer.echo(f"{gone} gone; {again} wanted again")


def _progress_line(report: ScanReport) -> str:
    return (
        f"{count_of(report.seen, 'file')} seen, {report.read} read anew, "
        f"{report.recognised} recognised"
    )


@contextmanager
def _showing_scan(*, is_quiet: bool) -> Iterator[Callable[[ScanReport], None]]:
    """What shows progress: one line that changes on a terminal, a line now and then in a pipe."""
    if is_quiet:
        yield lambda report: None
        return
    if not sys.stdout.isatty():

        def print_line(report: ScanReport) -> None:
            if report.seen % _FILES_PER_LINE == 0:
                typer.echo(_progress_line(report))

        yield print_line
        return
    from rich.console import Console

    with Console().status("looking for music…") as status:
        yield lambda report: status.update(_progress_line(report))
