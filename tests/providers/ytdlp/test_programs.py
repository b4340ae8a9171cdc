"""What yt-dlp starts and reads beside the download itself: bounded, and ended with it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from shanty.demo.world import World
from shanty.errors import BadCandidateError, TransientError
from shanty.models import Candidate
from shanty.providers import child_process
from shanty.providers.ytdlp import client, programs, stall
from shanty.providers.ytdlp.client import fetch
from shanty.providers.ytdlp.setup import open_ytdlp
from shanty.providers.ytdlp.stall import StalledError, StallGuard
from tests.world.raw_server import serving, trickling
from tests.world.stuck_programs import STUCK, below


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_process, "_LOOK_UP_SECONDS", 0.1)
    monkeypatch.setattr(stall, "_LOOK_UP_SECONDS", 0.1)


def run_in_ytdlp(script: str, guard: StallGuard, note: Path) -> int:
    """Run a shell script as yt-dlp runs ffmpeg; returns its exit code."""
    from yt_dlp.utils import Popen

    command = ["bash", "-c", f"echo $$ > {note}; mkfifo {note}.pipe; exec 3<>{note}.pipe\n{script}"]
    with open_ytdlp({}, None, guard):
        return int(guard.run(lambda: Popen.run(command)[2]))


@pytest.mark.parametrize("what", ["it has stopped", "it waits for its child"])
def test_a_program_that_hangs_is_ended_with_its_children(what: str, tmp_path: Path) -> None:
    guard = StallGuard()
    guard._programs = programs.Programs(stall_seconds=0.4)
    assert run_in_ytdlp(STUCK[what], guard, tmp_path / "pid") == -9
    assert below(int((tmp_path / "pid").read_text())) == []


def test_a_program_that_gets_on_is_a_sign_of_life(tmp_path: Path) -> None:
    script = "for i in 1 2 3 4 5 6; do head -c 100000 /dev/zero >/dev/null; sleep 0.2; done"
    assert run_in_ytdlp(script, StallGuard(hung_seconds=0.5), tmp_path / "pid") == 0


def test_a_program_is_ended_when_nobody_wants_it(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    guard = StallGuard(should_stop=lambda: note.exists() and note.read_text().strip() != "")
    assert run_in_ytdlp("while :; do :; done", guard, note) == -9
    assert below(int(note.read_text())) == []


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/live.m3u8", "RTMP://example/live"])
def test_no_program_reads_from_the_network(address: str) -> None:
    from yt_dlp.utils import Popen

    guard = StallGuard()
    with open_ytdlp({}, None, guard), pytest.raises(BadCandidateError, match="look after"):
        guard.run(lambda: Popen.run(["ffmpeg", "-i", address, "-c", "copy", "file:out.m4a"]))


def test_a_page_that_does_not_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stall, "MOST_PAGE_BYTES", 1_000_000)
    monkeypatch.setattr("shanty.providers.ytdlp.resume.MOST_PAGE_BYTES", 1_000_000)
    guard = StallGuard()
    script = trickling(b"HTTP/1.1 200 OK\r\n\r\n", bytes(65536), 0.0)
    with (
        serving(script) as server,
        open_ytdlp({}, None, guard) as ydl,
        pytest.raises(StalledError, match="does not end"),
    ):
        guard.run(lambda: ydl.urlopen(server.url).read())


def test_headers_that_trickle_are_left_behind() -> None:
    guard = StallGuard(hung_seconds=0.5)
    script = trickling(b"HTTP/1.1 200 OK\r\n", b"X-One: more\r\n", 0.05)
    began = time.monotonic()
    with (
        serving(script) as server,
        open_ytdlp({}, None, guard) as ydl,
        pytest.raises(TransientError, match="no sign of life"),
    ):
        guard.run(lambda: ydl.urlopen(server.url).read())
    assert time.monotonic() - began < 10


def test_a_download_that_is_too_large_is_given_up(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer = world.offers(world.recordings[0])[0]
    url = f"{world.base_url}/watch?v={offer.id}"
    candidate = Candidate("ShantyDemo", offer.id, url, offer.title, duration_seconds=1.0)
    monkeypatch.setattr(client, "_SPARE_BYTES", 0)
    monkeypatch.setattr(client, "_MOST_BYTES_PER_SECOND", 10)
    with pytest.raises(BadCandidateError, match="larger than"):
        fetch(candidate, tmp_path)


def test_nothing_but_the_sound_is_fetched(world: World, tmp_path: Path) -> None:
    """Pictures and subtitles lie wherever somebody has written that they do."""
    offer = world.offers(world.recordings[0])[0]
    guard = StallGuard()
    options = client._download_options(tmp_path, "one", "best")
    with serving(b"HTTP/1.1 200 OK\r\n\r\nhere") as elsewhere:
        there = {"url": f"{elsewhere.url}/else", "ext": "vtt"}
        found: dict[str, Any] = {
            "id": "one",
            "title": "One",
            "extractor": "made",
            "extractor_key": "Made",
            "webpage_url": world.base_url,
            "formats": [
                {
                    "url": f"{world.base_url}/media/{offer.file_name}",
                    "format_id": "1",
                    "ext": offer.container,
                    "vcodec": "none",
                    "acodec": "flac",
                }
            ],
            "thumbnail": f"{elsewhere.url}/a.jpg",
            "thumbnails": [{"url": f"{elsewhere.url}/b.jpg"}],
            "subtitles": {"en": [there], "live_chat": [there]},
            "automatic_captions": {"en": [there]},
            "storyboards": [there],
        }
        with open_ytdlp(options, None, guard) as ydl:
            guard.run(lambda: ydl.process_ie_result(found, download=True))
        assert elsewhere.asked == []
    assert any(path.stat().st_size > 1000 for path in tmp_path.iterdir())
