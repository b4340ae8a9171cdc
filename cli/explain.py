"""``shanty explain``: what was found for a track, and why one of it was taken or none."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from cli.arguments import TrackArgument
from cli.opening import open_state
from cli.printing import JsonOption, format_age, print_json, printable, show_path
from shanty.catalog.lookup import find_track
from shanty.catalog.searches import Search
from shanty.config.sections import DownloadSettings
from shanty.errors import count_of
from shanty.files.sizes import format_bytes
from shanty.models import AudioProperties, Candidate, ScorePart, TrackStatus
from shanty.tracks.explanation import Explanation, Judged, explain_track
from shanty.tracks.review import Verdict

_MOST_USELESS = 3


def explain(
    track: TrackArgument,
    is_all: Annotated[
        bool, typer.Option("--all", help="Every search and candidate, with each part of its score.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what was taken for a track, from where and why, or why nothing was."""
    state = open_state()
    thresholds = state.settings.download
    found = explain_track(find_track(track, state.catalog), state.catalog, thresholds)
    if as_json:
        print_json(_explanation_document(found, thresholds))
        return
    for line in _describe_track(found):
        typer.echo(printable(line))
    if is_all:
        _print_all(found, thresholds)
    else:
        _print_main(found)
    for line in describe_sounds(found):
        typer.echo(printable(line))
    if found.track.status is TrackStatus.NEEDS_REVIEW:
        number = found.track.id
        typer.echo(
            f"\n`shanty review accept {number} [--candidate N]` takes one, "
            f"`shanty review reject {number}` passes on to the next"
        )


def _describe_track(found: Explanation) -> list[str]:
    """The track, what has become of it, and its file."""
    track, file = found.track, found.file
    comment = f" ({found.disambiguation})" if found.disambiguation else ""
    length = format_length(track.length_ms / 1000 if track.length_ms else None)
    reason = track.reason.replace(f"; `shanty explain {track.id}` says why", "")
    lines = [
        f"{track.id} {track.label}{comment}, {length}, from {track.album!r}",
        f"{track.status.replace('_', ' ')}{f': {reason}' if reason else ''}",
    ]
    if file is not None:
        lines.append(f"file: {show_path(file.path)}")
    if file is not None and file.properties is not None:
        lines.append(f"format: {describe_format(file.properties)}")
    if found.next_look_at is not None:
        again = format_age(found.next_look_at)
        lines.append(f"looked at again {again}; `shanty queue retry` does so now")
    return lines


def describe_format(properties: AudioProperties) -> str:
    """``opus in ogg, 128 kbit/s, 48 kHz, 3.2 MB``."""
    codec, container = properties.codec, properties.container
    what = codec if codec == container else f"{codec} in {container}"
    return (
        f"{what}, {properties.bitrate / 1000:.0f} kbit/s, "
        f"{properties.sample_rate / 1000:g} kHz, {format_bytes(properties.size_bytes)}"
    )


def _print_main(found: Explanation) -> None:
    main = found.main
    if main is None:
        typer.echo("nothing has been found for it yet")
        return
    useless = found.useless[:_MOST_USELESS] if found.track.status is TrackStatus.FAILED else []
    for one in (*useless, main):
        _print_candidate(one, with_parts=False)
    others, searches = len(found.candidates) - 1 - len(useless), len(found.searches)
    asked = count_of(searches, "search", "searches")
    if others:
        typer.echo(f"\n{count_of(others, 'other candidate')} of {asked}: `--all` shows each")


def describe_sounds(found: Explanation) -> list[str]:
    """The other uploads that were fetched to compare their sound."""
    if found.main is None or not found.compared:
        return []
    lines = [f"\nsound compared with candidate {found.main.candidate.id}:"]
    for one in found.compared:
        other = one.candidate
        lines += [
            f"    candidate {other.id}, {other.title!r} by {name_uploader(other)}",
            f"    {other.url}",
            f"    {one.describe()}",
        ]
    return lines


def _print_all(found: Explanation, thresholds: DownloadSettings) -> None:
    typer.echo(
        f"taken from {thresholds.accept_score:.2f}, asked about from {thresholds.review_score:.2f}"
        f" ({thresholds.matching})"
    )
    for search in found.searches:
        typer.echo(_describe_search(search))
    if not found.candidates:
        typer.echo("nothing has been found for it yet")
    for one in found.candidates:
        _print_candidate(one, with_parts=True)


def _describe_search(search: Search) -> str:
    return printable(
        f"searched {format_age(search.asked_at)} in {search.prefix} for {search.query!r} "
        f"({search.reason}): {count_of(search.result_count, 'result')}"
    )


def _print_candidate(judged: Judged, *, with_parts: bool) -> None:
    candidate, verdict = judged.candidate, judged.verdict
    why = f": {verdict.why}" if verdict.why else ""
    lines = [
        f"candidate {candidate.id} · {candidate.score:.2f} · {verdict.word}{why}",
        f"    {candidate.title!r} by {name_uploader(candidate)}, "
        f"{format_length(candidate.duration_seconds)}",
        f"    {candidate.url}",
    ]
    if with_parts:
        lines += [f"    {_describe(part)}" for part in candidate.score_parts]
    typer.echo()
    for line in lines:
        typer.echo(printable(line))


def name_uploader(candidate: Candidate) -> str:
    """Who has put a candidate there, as far as that is known."""
    return candidate.channel or candidate.uploader or "an unknown uploader"


def _describe(part: ScorePart) -> str:
    how = f"{part.value:.2f} of {part.weight:.2f}" if part.weight else f"times {part.value:.2f}"
    return f"{part.contribution:+.3f}  {part.name}, {how}" + (f": {part.note}" if part.note else "")


def format_length(seconds: float | None) -> str:
    """A length as players show it: ``3:05``."""
    if seconds is None:
        return "length unknown"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


def _explanation_document(found: Explanation, thresholds: DownloadSettings) -> dict[str, Any]:
    track, file, source = found.track, found.file, found.source
    return {
        "track": {
            "id": track.id,
            "recording_mbid": track.recording_mbid,
            "title": track.title,
            "disambiguation": found.disambiguation,
            "artist": track.artist,
            "album": track.album,
            "length_seconds": track.length_ms / 1000 if track.length_ms else None,
            "status": track.status.value,
            "reason": track.reason,
            "next_look_at": found.next_look_at,
        },
        "file": file
        and {
            "path": show_path(file.path),
            "is_placed": file.is_placed,
            "source_url": source.candidate.url if source is not None else None,
            **(asdict(file.properties) if file.properties else {}),
        },
        "accept_score": thresholds.accept_score,
        "review_score": thresholds.review_score,
        "searches": [asdict(search) for search in found.searches],
        "candidates": [_document(one.candidate, one.verdict) for one in found.candidates],
        "sound_compared_with": [
            {"candidate": one.candidate.id, "error_rate": one.error_rate, "is_same": one.is_same}
            for one in found.compared
        ],
    }


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
