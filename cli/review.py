"""``shanty review``: the tracks for which a person decides."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.acting import acting_by_hand
from cli.arguments import TrackArgument
from cli.explain import format_length
from cli.opening import State, open_state
from cli.printing import JsonOption, print_json, print_table, printable
from shanty.catalog import lookup
from shanty.errors import ShantyError
from shanty.models import TrackStatus, WantedTrack
from shanty.tracks import review

app = typer.Typer(no_args_is_help=True, help="Decide where Shanty was not sure.")

CandidateOption = Annotated[
    int | None,
    typer.Option("--candidate", metavar="N", help="This one, by the number `explain` shows."),
]


@app.command("ls")
def list_reviews(as_json: JsonOption = False) -> None:
    """List the tracks that wait for a person, each with the best that was found."""
    reviews = review.list_reviews(open_state().catalog)
    if as_json:
        print_json(
            [
                {
                    "id": track.id,
                    "recording_mbid": track.recording_mbid,
                    "title": track.title,
                    "artist": track.artist,
                    "album": track.album,
                    "reason": track.reason,
                    "candidate": best and best.id,
                    "candidate_title": best and best.title,
                    "candidate_url": best and best.url,
                    "score": best and best.score,
                }
                for track, best in reviews
            ]
        )
        return
    print_table(
        ("id", "track", "length", "score", "best candidate", "length", "number"),
        [
            (
                track.id,
                track.label,
                format_length(track.length_ms / 1000 if track.length_ms else None),
                f"{best.score:.2f}" if best else "",
                best and best.title,
                best and format_length(best.duration_seconds),
                best and best.id,
            )
            for track, best in reviews
        ],
        empty="nothing waits for a person",
    )


@app.command("accept")
def accept(
    track: TrackArgument,
    candidate: CandidateOption = None,
    url: Annotated[
        str | None, typer.Option("--url", help="What is at this address, instead.")
    ] = None,
) -> None:
    """Take the best candidate, or another one, whatever its score; its download comes next."""
    if candidate is not None and url is not None:
        raise typer.BadParameter("name a candidate or an address: not both")
    state = open_state()
    found = lookup.find_track(track, state.catalog)
    accepted = review.accept(
        found, database=state.database, queue=state.queue, candidate_id=candidate, url=url
    )
    typer.echo(printable(f"{found.label}: {accepted.title!r} will be downloaded next"))


@app.command("reject")
def reject(
    track: TrackArgument,
    candidate: CandidateOption = None,
    is_all: Annotated[
        bool, typer.Option("--all", help="All that was found: the track has failed then.")
    ] = False,
) -> None:
    """Never take the best candidate, or another one, and go on to the next.

    Of a track that is in the library, the file goes to the trash and the next one is fetched;
    `shanty undo` brings it back.
    """
    if candidate is not None and is_all:
        raise typer.BadParameter("name a candidate or --all: not both")
    state = open_state()
    found = lookup.find_track(track, state.catalog)
    if found.status is TrackStatus.IN_LIBRARY:
        _reject_filed(found, state, candidate, is_all=is_all)
        return
    number, status = review.reject(
        found,
        database=state.database,
        queue=state.queue,
        thresholds=state.settings.download,
        candidate_id=candidate,
        is_all=is_all,
    )
    what_now = {
        TrackStatus.NEEDS_REVIEW: "there is another to decide on",
        TrackStatus.WANTED: "the next is good enough and will be downloaded",
    }.get(status, "nothing else is like it; `shanty review accept --url` takes one of yours")
    typer.echo(printable(f"{found.label}: {number} rejected; {what_now}"))


def _reject_filed(track: WantedTrack, state: State, candidate: int | None, *, is_all: bool) -> None:
    file = state.catalog.files.of_track(track.id)
    if candidate is not None and (file is None or file.candidate_id != candidate):
        raise ShantyError(
            f"track {track.id} is in the library, and candidate {candidate} is not what it came "
            f"from; `shanty review reject {track.id}` rejects that"
        )
    with acting_by_hand("reject", state) as acts:
        number = review.reject_filed(track, acts, is_all=is_all)
    what_now = "nothing else is tried" if is_all else "the next one will be downloaded"
    typer.echo(
        printable(
            f"{track.label}: its file is in the trash, {number} rejected; {what_now}; "
            f"`shanty undo {acts.run_id}` takes it back"
        )
    )
