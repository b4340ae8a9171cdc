"""Which addresses and which formats are chosen, by what the real yt-dlp knows of them."""

from __future__ import annotations

from typing import Any

import pytest
from yt_dlp import YoutubeDL

from shanty.errors import BadCandidateError
from shanty.providers.ytdlp.client import _FORMATS
from shanty.providers.ytdlp.lists import is_of_many, require_one

YOUTUBE = "https://www.youtube.com"


@pytest.mark.parametrize(
    "url",
    [
        f"{YOUTUBE}/playlist?list=PL0123456789abcdef",
        f"{YOUTUBE}/watch?list=PL0123456789abcdef",
        f"{YOUTUBE}/@Queen",
        f"{YOUTUBE}/@Queen/videos",
        f"{YOUTUBE}/channel/UCiMhD4jzUqG-IgPzUmmytRQ",
        f"{YOUTUBE}/c/queen",
        f"{YOUTUBE}/results?search_query=queen",
        "https://music.youtube.com/playlist?list=OLAK5uy_0123456789",
        "https://soundcloud.com/queen",
        "https://soundcloud.com/queen/sets/greatest-hits",
        "https://queen.bandcamp.com/album/jazz",
        "https://queen.bandcamp.com",
        "https://www.mixcloud.com/queen/",
    ],
)
def test_an_address_of_many_is_known_without_asking(url: str) -> None:
    assert is_of_many(url)


@pytest.mark.parametrize(
    "url",
    [
        f"{YOUTUBE}/watch?v=fJ9rUzIMcZQ",
        f"{YOUTUBE}/watch?v=fJ9rUzIMcZQ&list=RDfJ9rUzIMcZQ&start_radio=1",
        f"{YOUTUBE}/watch?list=PL0123456789abcdef&v=fJ9rUzIMcZQ",
        f"{YOUTUBE}/shorts/fJ9rUzIMcZQ",
        "https://youtu.be/fJ9rUzIMcZQ?list=PL0123456789abcdef",
        "https://soundcloud.com/queen/jealousy",
        "https://queen.bandcamp.com/track/jealousy",
        "https://example.org/song.mp3",
    ],
)
def test_an_address_of_one_is_taken(url: str) -> None:
    assert not is_of_many(url)


def test_a_list_of_one_is_that_one() -> None:
    one = {"_type": "url", "url": "https://example.org/song.mp3"}
    assert require_one(one, "x") is one
    assert require_one({"_type": "playlist", "entries": [one]}, "x") is one
    for entries in ([], [one, one], iter([one]), [None]):
        for kind in ("playlist", "multi_video"):
            with pytest.raises(BadCandidateError, match="x is a list"):
                require_one({"_type": kind, "entries": entries}, "x")


def offered(ext: str, acodec: str | None, abr: float) -> dict[str, Any]:
    return {
        "format_id": ext,
        "ext": ext,
        "acodec": acodec,
        "vcodec": "none",
        "abr": abr,
        "url": "x",
    }


WAV, AIFF = offered("wav", "pcm_s16le", 1411), offered("aiff", None, 1411)
MP3, FLAC = offered("mp3", "mp3", 128), offered("flac", "flac", 900)
VIDEO = {"format_id": "mp4", "ext": "mp4", "acodec": "aac", "vcodec": "h264", "url": "x"}


@pytest.mark.parametrize(
    ("formats", "chosen"),
    [
        ([MP3, WAV], "mp3"),
        ([MP3, AIFF, FLAC], "flac"),
        ([MP3, WAV, FLAC, AIFF], "flac"),
        ([WAV], "wav"),
        ([VIDEO, WAV], "wav"),
        ([VIDEO], "mp4"),
    ],
)
def test_what_can_be_tagged_is_chosen_where_there_is_any(
    formats: list[dict[str, Any]], chosen: str
) -> None:
    with YoutubeDL({"quiet": True}) as ydl:
        select = ydl.build_format_selector(_FORMATS["best"])
        available = {"formats": formats, "has_merged_format": False, "incomplete_formats": False}
        assert [one["ext"] for one in select(available)] == [chosen]
