"""yt-dlp, embedded, against the bundled world: searching and fetching."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shanty.demo.offers import Offer
from shanty.demo.world import World
from shanty.errors import BadCandidateError, ConfigError, StageError, TransientError, WaitError
from shanty.matching import rank, search_query
from shanty.models import Candidate, Progress
from shanty.providers.ffmpeg import verify_audio
from shanty.providers.ytdlp import resume
from shanty.providers.ytdlp import runtime as runtime_module
from shanty.providers.ytdlp.client import fetch
from shanty.providers.ytdlp.search import _parse_entry, search
from shanty.providers.ytdlp.setup import open_ytdlp
from shanty.providers.ytdlp.stall import StallGuard, StoppedError
from tests.world.ytdlp_world import find

PREFIX = "demosearch8"

# Searching


def test_a_search_is_one_request_and_says_what_is_known(world: World) -> None:
    for mbid in world.recordings[:6]:
        world.requests.reset()
        placement = world.expected(mbid)
        found = search(PREFIX, search_query(placement.recording))
        offers = {offer.id: offer for offer in world.offers(mbid)}
        assert len(found) <= 8
        assert set(offers) <= {candidate.source_id for candidate in found}
        for candidate in found:
            assert candidate.source == "ShantyDemo"
            if offer := offers.get(candidate.source_id):
                assert candidate.title == offer.title
                assert candidate.channel == offer.channel
                assert candidate.duration_seconds == offer.duration_seconds
                assert candidate.view_count == offer.view_count
                assert candidate.url.endswith(f"/watch?v={offer.id}")
        assert world.requests.total("search") == 1
        assert world.requests.total("watch") == 0
        best = rank(found, placement.recording, placement.release.title)[0]
        assert best.source_id == world.truth[mbid]


def test_a_search_for_what_is_not_there_finds_nothing(world: World) -> None:
    assert search(PREFIX, "qqqqqqqq zzzzzzzz") == []


def test_an_unknown_prefix_is_a_setting_to_correct(world: World) -> None:
    with pytest.raises(ConfigError, match=r"download\.search.*'nosuchsearch5'"):
        search("nosuchsearch5", "anything")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("rate_limited", WaitError),
        ("unavailable", WaitError),
        ("server_error", TransientError),
    ],
)
def test_a_refused_search_is_asked_once(
    world: World, kind: str, expected: type[StageError]
) -> None:
    world.faults.set(kind, "search", value=30)
    with pytest.raises(expected) as caught:
        search(PREFIX, "anything")
    assert world.requests.total("search") == 1
    if isinstance(caught.value, WaitError):
        assert caught.value.source == "demosearch"
        assert caught.value.retry_at is not None
        assert 20 < (caught.value.retry_at - datetime.now(UTC)).total_seconds() <= 30


@pytest.mark.parametrize(
    "entry",
    [
        {"id": "x"},
        {"url": "https://example.org/x"},
        {"id": "x", "url": "https://example.org/x", "live_status": "is_live"},
        {"id": "x", "url": "https://example.org/x", "availability": "subscriber_only"},
    ],
)
def test_results_that_cannot_be_fetched_are_left_out(entry: dict[str, Any]) -> None:
    assert _parse_entry(entry) is None


def test_a_result_that_says_little_is_kept() -> None:
    entry = {"id": 7, "url": "u", "title": None, "duration": None, "artists": None}
    assert _parse_entry(entry) == Candidate("", "7", "u", "")


# Fetching


@pytest.mark.parametrize(
    ("container", "suffix"),
    [("webm", ".opus"), ("m4a", ".m4a"), ("mp3", ".mp3"), ("ogg", ".ogg"), ("flac", ".flac")],
)
def test_fetching_keeps_the_codec_and_a_finished_file_costs_nothing(
    world: World, tmp_path: Path, container: str, suffix: str
) -> None:
    candidate, offer = find(world, container)
    seen: list[Progress] = []
    path = fetch(candidate, tmp_path / "new", on_progress=seen.append)
    assert path.suffix == suffix
    assert path.parent == tmp_path / "new"
    verify_audio(path, offer.duration_seconds)
    assert seen
    assert seen[-1].downloaded_bytes == seen[-1].total_bytes
    # Nothing else is left but the note that it is finished.
    assert [one for one in path.parent.iterdir() if one.suffix != ".finished"] == [path]

    world.requests.reset()
    assert fetch(candidate, tmp_path / "new") == path
    assert world.requests.total("watch") == world.requests.total("media") == 0


@pytest.mark.parametrize("audio_format", ["opus", "mp3", "m4a", "flac"])
def test_a_configured_format_is_converted_to(
    world: World, tmp_path: Path, audio_format: str
) -> None:
    candidate, offer = find(world, "ogg")
    path = fetch(candidate, tmp_path, audio_format=audio_format)
    assert path.suffix == f".{audio_format}"
    verify_audio(path, offer.duration_seconds)


def test_a_finished_file_that_is_not_as_it_was_is_fetched_again(
    world: World, tmp_path: Path
) -> None:
    candidate, offer = find(world, "mp3")
    path = fetch(candidate, tmp_path)
    whole = path.read_bytes()
    path.unlink()
    assert fetch(candidate, tmp_path).read_bytes() == whole
    assert world.requests.of("media_complete", offer.id) == 2
    marker = next(tmp_path.glob(".*.finished"))
    for nonsense in ("", "{}", "[1]", "null", '{"name": 1, "size": 2, "mtime_ns": 3}'):
        marker.write_text(nonsense)
        assert fetch(candidate, tmp_path).read_bytes() == whole
    assert json.loads(marker.read_text())["size"] == len(whole)


def test_a_cut_download_is_continued(world: World, tmp_path: Path) -> None:
    candidate, offer = find(world, "flac")
    world.faults.set("cut", "media", times=1)
    with pytest.raises(TransientError) as caught:
        fetch(candidate, tmp_path)
    assert "\r" not in str(caught.value)
    assert "[download]" not in str(caught.value)
    part = next(tmp_path.glob("*.part"))
    assert part.stat().st_size > 0
    path = fetch(candidate, tmp_path)
    verify_audio(path, offer.duration_seconds)
    assert world.requests.total("media") == 2
    assert world.requests.of("media_complete", offer.id) == 1


def test_a_part_that_cannot_be_continued_is_begun_anew(world: World, tmp_path: Path) -> None:
    """Stopped in its last block, a part is whole; what follows its end is refused with 416."""
    candidate, offer = find(world, "flac")
    whole = fetch(candidate, tmp_path / "before").read_bytes()
    world.faults.set("cut", "media", times=1)
    with pytest.raises(TransientError):
        fetch(candidate, tmp_path)
    part = next(tmp_path.glob("*.part"))
    part.write_bytes(whole)
    part.with_name(f"{part.name.removesuffix('.part')}.ytdl").write_text("{}")
    world.requests.reset()
    path = fetch(candidate, tmp_path)
    verify_audio(path, offer.duration_seconds)
    assert path.read_bytes() == whole
    assert world.requests.of("media_complete", offer.id) == 1


def test_half_of_another_format_is_not_continued(world: World, tmp_path: Path) -> None:
    candidate, offer = find(world, "flac")
    for format_id in ("", ".audio-other"):
        name = f"ShantyDemo-{offer.id}{format_id}.flac.part"
        (tmp_path / name).write_bytes(b"not of this format" * 100)
    verify_audio(fetch(candidate, tmp_path), offer.duration_seconds)


def test_stopping_is_prompt_and_keeps_what_is_there(world: World, tmp_path: Path) -> None:
    candidate, offer = find(world, "flac")
    world.faults.set("slow", "media", value=4000.0, times=1)
    stop = threading.Event()
    seen: list[Progress] = []

    def on_progress(progress: Progress) -> None:
        seen.append(progress)
        stop.set()

    with pytest.raises(StoppedError):
        fetch(
            candidate, tmp_path, on_progress=on_progress, guard=StallGuard(should_stop=stop.is_set)
        )
    assert len(seen) == 1  # the very next block
    assert list(tmp_path.glob("*.part"))
    with pytest.raises(StoppedError):
        fetch(candidate, tmp_path / "other", guard=StallGuard(should_stop=lambda: True))
    assert world.requests.total("media") == 1
    verify_audio(fetch(candidate, tmp_path), offer.duration_seconds)


def test_threads_do_not_disturb_each_other(world: World, tmp_path: Path) -> None:
    offers = [world.offers(mbid)[0] for mbid in world.recordings[:6]]
    paths: dict[str, Path] = {}

    def work(offer: Offer) -> None:
        url = f"{world.base_url}/watch?v={offer.id}"
        paths[offer.id] = fetch(Candidate("ShantyDemo", offer.id, url, ""), tmp_path)

    threads = [threading.Thread(target=work, args=(offer,)) for offer in offers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(paths.values())) == 6
    for offer in offers:
        verify_audio(paths[offer.id], offer.duration_seconds)


def test_nothing_is_printed(
    world: World, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    candidate, _ = find(world, "webm")
    world.faults.set("gone", candidate.source_id, times=1)
    with pytest.raises(BadCandidateError):
        fetch(candidate, tmp_path)
    search(PREFIX, "anything")
    fetch(candidate, tmp_path)
    assert capfd.readouterr() == ("", "")


def test_hostile_names_stay_inside(world: World, tmp_path: Path) -> None:
    candidate, offer = find(world, "mp3")
    folder = tmp_path / "100% %(title)s {x}"
    evil = Candidate("../../Sou rce", "../../-e%s;$(id)", candidate.url, "")
    path = fetch(evil, folder)
    assert path.parent == folder
    verify_audio(path, offer.duration_seconds)
    assert {one.name for one in tmp_path.iterdir()} == {folder.name}


def test_cookies_are_read_and_never_written(world: World, tmp_path: Path) -> None:
    cookies = tmp_path / "cookies.txt"
    line = "\t".join(("127.0.0.1", "FALSE", "/", "FALSE", "0", "session", "secret"))
    cookies.write_text(f"# Netscape HTTP Cookie File\n{line}\n")
    before = (cookies.read_bytes(), cookies.stat().st_mtime_ns)
    candidate, _ = find(world, "mp3")
    fetch(candidate, tmp_path / "new", cookies_path=cookies)
    assert (cookies.read_bytes(), cookies.stat().st_mtime_ns) == before
    for content in (b"\x80\xfe", b'{"not": "cookies"}'):
        cookies.write_bytes(content)
        with pytest.raises(ConfigError, match=r"cookies\.txt"):
            fetch(candidate, tmp_path / "other", cookies_path=cookies)


def test_the_javascript_runtime_of_the_wheel_is_used() -> None:
    path = runtime_module.find_deno()
    if path is None:
        pytest.skip("no deno wheel for this machine")
    with open_ytdlp({}, None, StallGuard()) as ydl:
        assert ydl.params["js_runtimes"] == {"deno": {"path": str(path)}}
        runtime = ydl._js_runtimes["deno"]
        assert runtime is not None
        assert runtime.info is not None
        assert runtime.info.supported


def test_the_certificates_are_read_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading them takes as long as all else that a search asks of the processor."""
    from yt_dlp.networking import common

    made: list[Any] = []
    make = common.make_ssl_context
    monkeypatch.setattr(resume, "_tls_contexts", {})
    monkeypatch.setattr(
        common, "make_ssl_context", lambda **options: made.append(make(**options)) or made[-1]
    )
    for mbid in world.recordings[:3]:
        assert search(PREFIX, search_query(world.expected(mbid).recording))
    assert len(made) == 1
