"""Wanted recordings, uploads from searches, and how well the two fit."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from shanty.config.sections import DownloadSettings
from shanty.matching import score
from shanty.models import Candidate
from shanty.music.entities import Artist, ArtistCredit, CreditedArtist, Recording

ACCEPT = DownloadSettings().accept_score
REVIEW = DownloadSettings().review_score
FIXTURES = Path(
    os.environ.get("SHANTY_FIXTURES")
    or Path(__file__).resolve().parent.parent.parent.parent / "shared" / "fixtures"
)


def wanted(
    title: str,
    *artists: str,
    seconds: float | None = 200.0,
    disambiguation: str = "",
    aliases: tuple[str, ...] = (),
    release_types: tuple[str, ...] = (),
) -> Recording:
    """A recording. The aliases belong to the last of its artists."""
    parts = [CreditedArtist(Artist(name, name), name, " & ") for name in artists[:-1]]
    parts += [CreditedArtist(Artist(name, name, aliases=aliases), name) for name in artists[-1:]]
    length_ms = None if seconds is None else round(seconds * 1000)
    return Recording(
        "m",
        title,
        ArtistCredit(tuple(parts)),
        length_ms,
        disambiguation=disambiguation,
        release_types=release_types,
    )


def upload(title: str, channel: str = "", seconds: float | None = 200.0, **more: Any) -> Candidate:
    return Candidate(
        "Youtube",
        title,
        "u",
        title,
        uploader=channel,
        channel=channel,
        duration_seconds=seconds,
        **more,
    )


def score_of(candidate: Candidate, recording: Recording, album: str = "") -> float:
    return score(candidate, recording, album)[0]


SONG = wanted("Paper Lanterns", "The Maydays")
