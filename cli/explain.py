"""``shanty explain``: what was found for a track, and why one of it was taken or none."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import typer

from cli.arguments import TrackArgument
from cli.opening import open_state
from cli.printing import JsonOption, format_age, print_json, printable
from shanty.catalog.lookup import find_track
from shanty.catalog.searches import Search
from shanty.models import Candidate, ScorePart, TrackStatus, WantedTrack
from shanty.tracks.review import Verdict, judge


def explain(track: TrackArgument, as_json: JsonOption = False) -> None:
    """Show what was asked and found for a track, each part of its score, and what became of it."""
    state = open_state()
    found = find_track(track, state.catalog)
    thresholds = state.settings.download
    judged = [(one, judge(one, thresholds)) for one in state.catalog.candidates.of_track(found.id)]
    searches = state.catalog.searches.of_track(found.id)
    next_look_at = state.catalog.looks.next_of(found.id)
    if as_json:
        print_json(
            {
                "track": {
                    "id": found.id,
                    "recording_mbid": found.recording_mbid,
                    "title": found.title,
                    "artist": found.artist,
                    "album": found.album,
                    "length_seconds": found.length_ms / 1000 if found.length_ms else None,
                    "status": found.status.value,
                    "reason": found.reason,
                    "next_look_at": next_look_at,
                },
                "accept_score": thresholds.accept_score,
                "review_score": thresholds.review_score,
                "searches": [asdict(search) for search in searches],
                "candidates": [_document(one, verdict) for one, verdict in judged],
            }
        )
        return
    typer.echo(_headline(found))
    typer.echo(
        f"taken from {thresholds.accept_score:.2f}, asked about from {thresholds.review_score:.2f}"
        f" ({thresholds.matching})"
    )
    if next_look_at is not None:
        typer.echo(f"looked at again {format_age(next_look_at)}; `shanty queue retry` does so now")
    for search in searches:
        typer.echo(_describe_search(search))
    if not judged:
        typer.echo("nothing has been found for it yet")
    for one, verdict in judged:
        _print_candidate(one, verdict)
    if found.status is TrackStatus.NEEDS_REVIEW:
        typer.echo(
            f"\n`shanty review accept {found.id} [--candidate N]` takes one, "
            f"`shanty review reject {found.id}` passes on to the next"
        )


def _headline(track: WantedTrack) -> str:
    status = track.status.replace("_", " ")
    reason = f": {track.reason}" if track.reason else ""
    length = format_length(track.length_ms / 1000 if track.length_ms else None)
    return printable(f"{track.id} {track.label}, {length}, from {track.album!r} · {status}{reason}")


def _describe_search(search: Search) -> str:
    number = f"{search.result_count} results" if search.result_count != 1 else "1 result"
    return printable(
        f"searched {format_age(search.asked_at)} in {search.prefix} for {search.query!r} "
        f"({search.reason}): {number}"
    )


def _print_candidate(candidate: Candidate, verdict: Verdict) -> None:
    why = f": {verdict.why}" if verdict.why else ""
    channel = candidate.channel or candidate.uploader or "nobody named"
    lines = [
        f"candidate {candidate.id} · {candidate.score:.2f} · {verdict.word}{why}",
        f"    {candidate.title!r} by {channel}, {format_length(candidate.duration_seconds)}",
        f"    {candidate.url}",
        *(f"    {_describe(part)}" for part in candidate.score_parts),
    ]
    typer.echo()
    for line in lines:
        typer.echo(printable(line))


def _describe(part: ScorePart) -> str:
    how = f"{part.value:.2f} of {part.weight:.2f}" if part.weight else f"times {part.value:.2f}"
    return f"{part.contribution:+.3f}  {part.name}, {how}" + (f": {part.note}" if part.note else "")


def format_length(seconds: float | None) -> str:
    """A length as players show it: ``3:05``."""
    if seconds is None:
        return "length unknown"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


def _document(candidate: Candidate, verdict: Verdict) -> dict[str, Any]:
    return {
        "id": candidate.id,
        "score": candidate.score,
        "status": candidate.status.value,
        "verdict": verdict.word,
        "why": verdict.why,
        "title": candidate.title,
        "channel": candidate.channel or candidate.uploader,
        "length_seconds": candidate.duration_seconds,
        "url": candidate.url,
        "parts": [asdict(part) for part in candidate.score_parts],
    }
