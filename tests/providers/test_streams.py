"""Streams through the real yt-dlp: all of a song arrives, or none of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from shanty.errors import BadCandidateError, StageError, WaitError
from shanty.models import Candidate
from shanty.providers.ffmpeg import verify_audio
from shanty.providers.ytdlp import streams
from shanty.providers.ytdlp.client import fetch
from tests.world.proof_cases import in_proof
from tests.world.stream_site import SECONDS, StreamSite, make_streams, serving

STREAMS = {"ts.m3u8": "ts6.ts", "fmp4.m3u8": "fmp4-6.m4s", "dash.mpd": "dash-7.m4s"}
"""Each with a fragment from its middle."""


@pytest.fixture(scope="module")
def running_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StreamSite]:
    folder = tmp_path_factory.mktemp("streams")
    make_streams(folder)
    with serving(folder) as site:
        yield site


@pytest.fixture
def site(running_site: StreamSite, monkeypatch: pytest.MonkeyPatch) -> StreamSite:
    monkeypatch.setattr(streams, "FIRST_PAUSE_SECONDS", 0.01)
    running_site.faults.clear()
    running_site.asked.clear()
    return running_site


def candidate(site: StreamSite, name: str, seconds: float | None = None) -> Candidate:
    return Candidate("Generic", name, site.url(name), name, duration_seconds=seconds)


def change(site: StreamSite, name: str, old: str, new: str, into: str) -> str:
    text = re.sub(old, new, (site.folder / name).read_text())
    assert text != (site.folder / name).read_text()
    (site.folder / into).write_text(text)
    return into


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("status", [503, *map(in_proof, (500, 404))])
def test_a_fragment_that_comes_late_is_waited_for(
    site: StreamSite, tmp_path: Path, name: str, status: int
) -> None:
    site.fail(STREAMS[name], status, times=2)
    path = fetch(candidate(site, name), tmp_path)
    assert path.suffix == ".m4a"
    assert verify_audio(path, SECONDS) == pytest.approx(SECONDS, abs=0.15)
    assert site.asked[STREAMS[name]] == 3
    assert list(tmp_path.glob("Generic*")) == [path]


@pytest.mark.parametrize("name", ["dash.mpd", *map(in_proof, ("ts.m3u8", "fmp4.m3u8"))])
@pytest.mark.parametrize("status", [404, in_proof(503)])
def test_a_fragment_that_never_comes_is_an_error(
    site: StreamSite, tmp_path: Path, name: str, status: int
) -> None:
    site.fail(STREAMS[name], status)
    with pytest.raises(StageError, match=str(status)):
        fetch(candidate(site, name), tmp_path)
    site.faults.clear()
    path = fetch(candidate(site, name), tmp_path)
    verify_audio(path, SECONDS)
    assert site.asked[STREAMS[name].replace("6", "2").replace("7", "2")] == 1, "it is continued"


@pytest.mark.parametrize("name", ["ts.m3u8", *map(in_proof, ("fmp4.m3u8", "dash.mpd"))])
def test_a_site_that_asks_us_to_wait_is_not_asked_again(
    site: StreamSite, tmp_path: Path, name: str
) -> None:
    site.fail(STREAMS[name], 429)
    with pytest.raises(WaitError, match="asks us to wait"):
        fetch(candidate(site, name), tmp_path)
    assert site.asked[STREAMS[name]] == 1


@pytest.mark.parametrize("name", ["ts.m3u8", "fmp4.m3u8"])
@pytest.mark.parametrize("audio_format", ["best", *map(in_proof, ("mp3", "flac"))])
def test_a_playlist_with_a_hole_is_no_song(
    site: StreamSite, tmp_path: Path, name: str, audio_format: str
) -> None:
    """Nothing is refused, and nothing is damaged: three seconds were never listed."""
    listed = "(?:#EXTINF.*\n.*[567].(?:ts|m4s)\n){3}"
    holed = change(site, name, listed, "", f"holed-{name}")
    with pytest.raises(BadCandidateError, match=r"[23]\.\d s of it are missing, at"):
        fetch(candidate(site, holed), tmp_path, audio_format=audio_format)


def test_a_playlist_that_ends_too_early_is_no_song(site: StreamSite, tmp_path: Path) -> None:
    short = change(
        site, "ts.m3u8", "(?:#EXTINF.*\n.*ts\n){5}#EXT-X-END", "#EXT-X-END", "short.m3u8"
    )
    with pytest.raises(BadCandidateError, match=r"8\.0 s of the 12\.0 s that it promises"):
        fetch(candidate(site, short, SECONDS), tmp_path)
    verify_audio(fetch(candidate(site, short), tmp_path), None)  # nobody has said how long it is


def test_a_fragment_that_holds_less_than_is_listed_is_noticed(
    site: StreamSite, tmp_path: Path
) -> None:
    again = change(site, "ts.m3u8", "ts11.ts", "ts6.ts", "again.m3u8")
    with pytest.raises(BadCandidateError):
        fetch(candidate(site, again), tmp_path)


def test_a_broadcast_is_no_song(site: StreamSite, tmp_path: Path) -> None:
    live = change(site, "ts.m3u8", "#EXT-X-ENDLIST|#EXT-X-PLAYLIST-TYPE:VOD", "", "live.m3u8")
    dynamic = change(site, "dash.mpd", 'type="static"', 'type="dynamic"', "live.mpd")
    for name in (live, dynamic):
        with pytest.raises(BadCandidateError, match=r"live broadcast|no audio that can be had"):
            fetch(candidate(site, name), tmp_path)
    assert site.asked["ts0.ts"] == site.asked["dash-1.m4s"] == 0


def test_what_a_kill_has_written_twice_is_fetched_anew(site: StreamSite, tmp_path: Path) -> None:
    """yt-dlp appends a fragment first, and notes it then."""
    site.fail("ts6.ts", 404)
    with pytest.raises(StageError):
        fetch(candidate(site, "ts.m3u8"), tmp_path)
    part = next(tmp_path.glob("*.part"))
    part.write_bytes(part.read_bytes() + (site.folder / "ts5.ts").read_bytes())
    site.faults.clear()
    path = fetch(candidate(site, "ts.m3u8"), tmp_path)
    assert verify_audio(path, SECONDS) == pytest.approx(SECONDS, abs=0.15)
    assert site.asked["ts0.ts"] == 2


FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Songs</title>{}</channel></rss>"""
ITEM = '<item><title>{0}</title><link>{0}</link><enclosure url="{0}" type="audio/mpeg"/></item>'


def test_a_feed_is_refused_before_anything_is_downloaded(site: StreamSite, tmp_path: Path) -> None:
    items = "".join(ITEM.format(site.url(f"ts{number}.ts")) for number in range(3))
    (site.folder / "feed.xml").write_text(FEED.format(items))
    with pytest.raises(BadCandidateError, match="is a list, a feed, an album or a channel"):
        fetch(candidate(site, "feed.xml"), tmp_path)
    assert set(site.asked) == {"feed.xml"}
    (site.folder / "one.xml").write_text(FEED.format(ITEM.format(site.url("ts.m3u8"))))
    verify_audio(fetch(candidate(site, "one.xml"), tmp_path), SECONDS)
