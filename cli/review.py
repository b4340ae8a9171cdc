"""``shanty review``: the tracks for which a person decides."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.acting import acting_by_hand
from cli.arguments import TracksArgument
from cli.explain import format_length, name_uploader
from cli.opening import State, open_state
from cli.printing import JsonOption, print_json, printable
from shanty.catalog import lookup
from shanty.config.sections import DownloadSettings
from shanty.errors import NotFoundError, ShantyError, count_of
from shanty.models import Candidate, TrackStatus, WantedTrack
from shanty.tracks import review
from shanty.tracks.review import judge

app = typer.Typer(no_args_is_help=True, help="Decide where Shanty was not sure.")

CandidateOption = Annotated[
    int | None,
    typer.Option("--candidate", metavar="N", help="This one, by the number `explain` shows."),
]


AboveOption = Annotated[
    float | None,
    typer.Option("--above", min=0, max=1, help="All whose best candidate scores at least this."),
]
BelowOption = Annotated[
    float | None,
    typer.Option("--below", min=0, max=1, help="All whose best candidate scores less than this."),
]


@app.command("ls")
def list_reviews(as_json: JsonOption = False) -> None:
    """List the tracks that wait for a person, each with the best that was found."""
    state = open_state()
    reviews = review.list_reviews(state.catalog)
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
    for track, best in reviews:
        _print_review(track, best, state.settings.download)
    if not reviews:
        typer.echo("nothing to review")
        return
    typer.echo(
        f"{count_of(len(reviews), 'track')}; `shanty review accept ID` takes the candidate shown, "
        "`reject ID` passes on to the next; `--above 0.7` decides on many at once; "
        "`explain ID --all` shows the others"
    )


def _print_review(track: WantedTrack, best: Candidate | None, thresholds: DownloadSettings) -> None:
    length = format_length(track.length_ms / 1000 if track.length_ms else None)
    typer.echo(printable(f"{track.id}  {track.label}, {length}, from {track.album!r}"))
    if best is None:
        own = f"take one of yours: `shanty review accept {track.id} --url ADDRESS`"
        lines = [track.reason, own]
    else:
        lines = [
            f"{best.score:.2f}  {best.title!r}",
            f"by {name_uploader(best)}, {format_length(best.duration_seconds)}, "
            f"candidate {best.id}",
            best.url,
            judge(best, thresholds).why,
        ]
    for line in filter(None, lines):
        typer.echo(printable(f"    {line}"))
    typer.echo()


@app.command("accept")
def accept(
    tracks: TracksArgument = None,
    candidate: CandidateOption = None,
    url: Annotated[
        str | None, typer.Option("--url", help="What is at this address, instead.")
    ] = None,
    above: AboveOption = None,
    below: BelowOption = None,
) -> None:
    """Take the best candidate, or another one, whatever its score; its download comes next."""
    if candidate is not None and url is not None:
        raise typer.BadParameter("name a candidate or an address: not both")
    from deployments.beginning import find_beginning

    state = open_state()
    chosen = _choose(tracks, above, below, state, is_one=candidate is not None or url is not None)
    for track in chosen:
        accepted = review.accept(
            track, database=state.database, queue=state.queue, candidate_id=candidate, url=url
        )
        typer.echo(printable(f"{track.label}: {accepted.title!r} will be downloaded next"))
    beginning = find_beginning(state.settings, state.database, state.queue)
    typer.echo(printable(beginning.describe()))


@app.command("reject")
def reject(
    tracks: TracksArgument = None,
    candidate: CandidateOption = None,
    is_all: Annotated[
        bool, typer.Option("--all", help="All that was found: the track has failed then.")
    ] = False,
    above: AboveOption = None,
    below: BelowOption = None,
) -> None:
    """Never take the best candidate, or another one, and go on to the next.

    If a track is in the library, its file goes to the trash and the next one is fetched;
    `shanty undo` brings it back.
    """
    if candidate is not None and is_all:
        raise typer.BadParameter("name a candidate or --all: not both")
    state = open_state()
    for track in _choose(tracks, above, below, state, is_one=candidate is not None):
        if track.status is TrackStatus.IN_LIBRARY:
            _reject_filed(track, state, candidate, is_all=is_all)
        else:
            _reject_found(track, state, candidate, is_all=is_all)


def _choose(
    names: list[str] | None,
    above: float | None,
    below: float | None,
    state: State,
    *,
    is_one: bool,
) -> list[WantedTrack]:
    """The tracks that are meant: those named, or those of a range of scores."""
    is_range = above is not None or below is not None
    if names and is_range:
        raise typer.BadParameter("name tracks, or choose them with --above or --below: not both")
    if not names and not is_range:
        raise typer.BadParameter(
            "name the tracks that `shanty review ls` lists, or choose them with --above or --below"
        )
    if not names:
        found = review.choose_reviews(state.catalog, above=above, below=below)
        if not found:
            raise NotFoundError("no track in review has a best candidate of such a score")
    else:
        # All are looked up before the first is changed.
        found = list(dict.fromkeys(lookup.find_track(name, state.catalog) for name in names))
    if is_one and len(found) > 1:
        raise typer.BadParameter("--candidate and --url are for one track")
    return found


def _reject_found(track: WantedTrack, state: State, candidate: int | None, *, is_all: bool) -> None:
    number, status = review.reject(
        track,
        database=state.database,
        queue=state.queue,
        thresholds=state.settings.download,
        candidate_id=candidate,
        is_all=is_all,
    )
    what_now = {
        TrackStatus.NEEDS_REVIEW: "there is another to decide on",
        TrackStatus.WANTED: "the next is good enough and will be downloaded",
    }.get(
        status,
        "no other candidate comes close; give your own: "
        f"`shanty review accept {track.id} --url ADDRESS`",
    )
    typer.echo(printable(f"{track.label}: {number} rejected; {what_now}"))


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
