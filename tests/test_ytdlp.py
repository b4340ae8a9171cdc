"""yt-dlp, embedded, against the bundled world: searching, fetching, and what its errors mean."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
import yt_dlp
from yt_dlp.networking import Response
from yt_dlp.networking.exceptions import HTTPError, TransportError
from yt_dlp.utils import (
    DownloadError,
    ExtractorError,
    GeoRestrictedError,
    PostProcessingError,
    UnsupportedError,
    UserNotLive,
)

from shanty.demo.offers import Offer
from shanty.demo.world import World
from shanty.errors import (
    BadCandidateError,
    ConfigError,
    LoginWantedError,
    SignInError,
    StageError,
    TransientError,
    WaitError,
)
from shanty.matching import rank, search_query
from shanty.models import Candidate, Progress
from shanty.providers import ytdlp
from shanty.providers.ffmpeg import verify_audio
from shanty.providers.ytdlp import fetch, search
from shanty.providers.ytdlp_errors import describe, map_error
from shanty.providers.ytdlp_watch import StoppedError, Watch
from tests.test_ffmpeg import in_front_of_ffmpeg

PREFIX = "demosearch8"


@pytest.fixture(scope="module")
def running_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(cache_dir=tmp_path_factory.mktemp("world")) as world, world.activated():
        # Another test may have used yt-dlp in this process before the plug-in was on the path.
        yt_dlp.plugins.load_all_plugins()
        yield world


@pytest.fixture
def world(running_world: World) -> World:
    running_world.faults.clear()
    running_world.requests.reset()
    return running_world


def find(world: World, container: str) -> tuple[Candidate, Offer]:
    """A recording's right upload in this container, as a candidate."""
    offer = next(
        offers[0]
        for offers in map(world.offers, world.recordings)
        if offers[0].container == container
    )
    url = f"{world.base_url}/watch?v={offer.id}"
    return Candidate("ShantyDemo", offer.id, url, offer.title), offer


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
    assert ytdlp._parse_entry(entry) is None


def test_a_result_that_says_little_is_kept() -> None:
    entry = {"id": 7, "url": "u", "title": None, "duration": None, "artists": None}
    assert ytdlp._parse_entry(entry) == Candidate("", "7", "u", "")


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
        fetch(candidate, tmp_path, on_progress=on_progress, watch=Watch(should_stop=stop.is_set))
    assert len(seen) == 1  # the very next block
    assert list(tmp_path.glob("*.part"))
    with pytest.raises(StoppedError):
        fetch(candidate, tmp_path / "other", watch=Watch(should_stop=lambda: True))
    assert world.requests.total("media") == 1
    verify_audio(fetch(candidate, tmp_path), offer.duration_seconds)


CHILD = """
import os, signal, sys
from pathlib import Path
from shanty.models import Candidate
from shanty.providers import ytdlp
at, url, media_id, folder = sys.argv[1:]
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
if at == "before the marker":
    ytdlp._write_marker = die
if at == "before the sources are removed":
    ytdlp._remove_sources = die
ytdlp.fetch(Candidate("ShantyDemo", media_id, url, ""), Path(folder))
"""


@pytest.mark.parametrize("at", ["before the marker", "before the sources are removed"])
def test_a_kill_after_the_download_does_not_cost_it(world: World, tmp_path: Path, at: str) -> None:
    candidate, offer = find(world, "webm")
    root = Path(__file__).resolve().parent.parent
    plugin_dir = root / "shanty" / "demo" / "ytdlp_plugin"
    environment = os.environ | {"PYTHONPATH": f"{root}{os.pathsep}{plugin_dir}"}
    child = subprocess.run(
        [sys.executable, "-c", CHILD, at, candidate.url, offer.id, str(tmp_path)],
        env=environment,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert child.returncode == -signal.SIGKILL, child.stderr.decode()
    assert child.stdout == child.stderr == b""
    assert world.requests.of("media_complete", offer.id) == 1
    path = fetch(candidate, tmp_path)
    assert path.suffix == ".opus"
    verify_audio(path, offer.duration_seconds)
    assert world.requests.total("media") == 1


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


def test_a_full_disk_is_waited_for(world: World, tmp_path: Path) -> None:
    candidate, offer = find(world, "flac")
    world.faults.set("cut", "media", times=1)
    with pytest.raises(TransientError):
        fetch(candidate, tmp_path)
    part = next(tmp_path.glob("*.part"))
    part.unlink()
    part.symlink_to("/dev/full")  # opens as a file does, and has no room for a byte
    with pytest.raises(WaitError, match="no space left") as caught:
        fetch(candidate, tmp_path)
    assert caught.value.source == "disk"
    part.unlink()
    verify_audio(fetch(candidate, tmp_path), offer.duration_seconds)


def test_a_killed_conversion_is_no_verdict(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    candidate, offer = find(world, "webm")
    script = 'case "$*" in *-acodec*) echo "size=1kB" >&2; kill -KILL $$;; esac\n'
    with monkeypatch.context() as patch:
        in_front_of_ffmpeg(tmp_path, patch, script)
        with pytest.raises(TransientError, match="cannot be converted"):
            fetch(candidate, tmp_path / "new")
    verify_audio(fetch(candidate, tmp_path / "new"), offer.duration_seconds)
    assert world.requests.total("media") == 1


def test_what_ffmpeg_refuses_twice_for_one_reason_is_a_bad_candidate(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    candidate, _ = find(world, "webm")
    folder = tmp_path / "new"
    cases = (
        ("no such thing", TransientError),
        ("another thing", TransientError),  # not the same as before: no pattern yet
        ("another thing", BadCandidateError),
    )
    for number, (words, expected) in enumerate(cases):
        own_dir = tmp_path / str(number)
        own_dir.mkdir()
        script = f'case "$*" in *-acodec*) echo "{words}" >&2; exit 1;; esac\n'
        with monkeypatch.context() as patch:
            in_front_of_ffmpeg(own_dir, patch, script)
            with pytest.raises(expected) as caught:
                fetch(candidate, folder)
            assert type(caught.value) is expected
    assert "another thing" in str(caught.value)
    assert world.requests.total("media") == 1


def test_hostile_names_stay_inside(world: World, tmp_path: Path) -> None:
    candidate, offer = find(world, "mp3")
    folder = tmp_path / "100% %(title)s {x}"
    evil = Candidate("../../Sou rce", "../../-e%s;$(id)", candidate.url, "")
    path = fetch(evil, folder)
    assert path.parent == folder
    verify_audio(path, offer.duration_seconds)
    assert {one.name for one in tmp_path.iterdir()} == {folder.name}


def test_without_ffmpeg_a_person_is_told_before_anything_is_asked(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ytdlp, "find_ffmpeg", lambda: None)
    candidate, _ = find(world, "webm")
    with pytest.raises(WaitError, match="ffmpeg is missing") as caught:
        fetch(candidate, tmp_path)
    assert caught.value.source == "tools"
    assert world.requests.total("watch") == 0


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


# Faults of the world


@pytest.mark.parametrize(
    ("kind", "expected", "words"),
    [
        ("rate_limited", WaitError, "ShantyDemo asks us to wait (HTTP 429 Too Many Requests)"),
        ("unavailable", WaitError, "ShantyDemo asks us to wait (HTTP 503 Service Unavailable)"),
        ("bot_check", SignInError, "ShantyDemo asks us to wait (Sign in to confirm"),
        ("server_error", TransientError, "(HTTP 500 Internal Server Error)"),
        ("gone", BadCandidateError, "ShantyDemo: it has been removed (Video unavailable"),
        ("geo", BadCandidateError, "in your country"),
    ],
)
def test_what_the_site_says(
    world: World, tmp_path: Path, kind: str, expected: type[StageError], words: str
) -> None:
    candidate, _ = find(world, "webm")
    world.faults.set(kind, candidate.source_id)
    with pytest.raises(expected) as caught:
        fetch(candidate, tmp_path)
    assert type(caught.value) is expected
    assert words in str(caught.value)
    assert "--cookies" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert world.requests.total("watch") == 1


@pytest.mark.parametrize(
    ("service", "kind", "says_when"),
    [
        ("watch", "unavailable", True),
        ("watch", "rate_limited", True),
        ("media", "unavailable", False),  # yt-dlp hands on the text only
        ("media", "rate_limited", True),
    ],
)
def test_a_refusal_is_not_repeated(
    world: World, tmp_path: Path, service: str, kind: str, says_when: bool
) -> None:
    candidate, _ = find(world, "mp3")
    world.faults.set(kind, service, value=11)
    with pytest.raises(WaitError) as caught:
        fetch(candidate, tmp_path)
    assert caught.value.source == "ShantyDemo"
    assert (caught.value.retry_at is not None) == says_when
    assert world.requests.total(service) == 1


@pytest.mark.parametrize("kind", ["corrupt", "html", "silent", "wrong_length"])
@pytest.mark.parametrize("container", ["webm", "m4a", "mp3"])
def test_useless_audio_is_a_bad_candidate(
    world: World, tmp_path: Path, kind: str, container: str
) -> None:
    candidate, offer = find(world, container)
    world.faults.set(kind, candidate.source_id)
    with pytest.raises(BadCandidateError):
        verify_audio(fetch(candidate, tmp_path), offer.duration_seconds)


# The table, with yt-dlp's own exceptions


def http_error(status: int, **headers: str) -> HTTPError:
    message = Message()
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    return HTTPError(Response(io.BytesIO(b""), "https://example.org", message, status))


def as_raised(make: Callable[[], Exception]) -> DownloadError:
    """The error as yt-dlp's ``extract_info`` raises it, with its way through ``trouble``."""
    with yt_dlp.YoutubeDL({"quiet": True, "logger": ytdlp._Logger()}) as ydl:
        try:
            try:
                raise make()
            except Exception as error:
                ydl.report_error(str(error))
        except DownloadError as error:
            return error
    raise AssertionError("yt-dlp raises nothing")


def extractor_error(text: str) -> Exception:
    return ExtractorError(text, expected=True, video_id="dQw4w9WgXcQ")


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: http_error(429, Retry_After="60"), WaitError),
        (lambda: http_error(503), WaitError),
        (lambda: http_error(403), TransientError),
        (lambda: http_error(500), TransientError),
        (lambda: http_error(404), BadCandidateError),
        (lambda: http_error(410), BadCandidateError),
        (lambda: http_error(451), BadCandidateError),
        (lambda: TransportError("Read timed out."), TransientError),
        (lambda: OSError(28, "No space left on device"), WaitError),
        (lambda: GeoRestrictedError("not here", countries=["NO"]), BadCandidateError),
        (lambda: UserNotLive(), BadCandidateError),
        (lambda: UnsupportedError("https://example.org"), BadCandidateError),
        (lambda: PostProcessingError("audio conversion failed: Invalid data"), BadCandidateError),
        (
            lambda: PostProcessingError("audio conversion failed: No space left on device"),
            WaitError,
        ),
        (lambda: extractor_error("Unable to extract player version"), TransientError),
        (lambda: RuntimeError("what is this"), TransientError),
    ],
)
def test_errors_by_class(make: Callable[[], Exception], expected: type[StageError]) -> None:
    mapped = map_error(as_raised(make), "Youtube")
    assert type(mapped) is expected
    assert "\n" not in str(mapped)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sign in to confirm you’re not a bot. Use --cookies-from-browser or …", SignInError),
        ("Sign in to confirm you're not a bot", SignInError),
        (
            "This content isn't available, try again later. The current session has been "
            "rate-limited by YouTube for up to an hour. It is recommended to use `-t sleep`",
            WaitError,
        ),
        (
            "Video unavailable. YouTube is requiring a captcha challenge before playback",
            SignInError,
        ),
        ("Sign in to confirm your age. This video may be inappropriate", LoginWantedError),
        ("Video unavailable", BadCandidateError),
        ("Video unavailable. This video is not available", BadCandidateError),
        ("Video unavailable. This video contains content from SME, who has blocked it in your "
         "country on copyright grounds", BadCandidateError),
        ("Private video. Sign in if you've been granted access to this video", BadCandidateError),
        ("This video has been removed for violating YouTube's Terms", BadCandidateError),
        ("This video is no longer available because the account has been terminated",
         BadCandidateError),
        ("Join this channel to get access to members-only content", BadCandidateError),
        ("This video is only available to Music Premium members", BadCandidateError),
        ("This video is DRM protected", BadCandidateError),
        ("Premieres in 3 hours", BadCandidateError),
        ("This live event will begin in a few moments.", BadCandidateError),
        ("Requested format is not available. Use --list-formats", BadCandidateError),
        ("Failed to parse JSON", TransientError),
        ("The page needs to be reloaded.", TransientError),
    ],
)  # fmt: skip
def test_errors_by_what_the_site_says(text: str, expected: type[StageError]) -> None:
    mapped = map_error(as_raised(lambda: extractor_error(text)), "Youtube")
    assert type(mapped) is expected
    assert text.split(".")[0] in str(mapped)
    if isinstance(mapped, WaitError):
        assert mapped.source == "Youtube"


def test_a_refusal_says_when_to_come_back() -> None:
    before = time.time()
    mapped = map_error(as_raised(lambda: http_error(429, Retry_After="60")), "Youtube")
    assert isinstance(mapped, WaitError)
    assert mapped.retry_at is not None
    assert 55 < mapped.retry_at.timestamp() - before < 65


def test_prefixes_and_advice_are_left_out() -> None:
    error = as_raised(lambda: ExtractorError("Unable to extract x", video_id="abc", ie="youtube"))
    assert "please report" in str(error)
    assert describe(error) == "Unable to extract x"


def test_the_javascript_runtime_of_the_wheel_is_used() -> None:
    path = ytdlp.find_deno()
    if path is None:
        pytest.skip("no deno wheel for this machine")
    with ytdlp._youtube_dl({}, None, Watch()) as ydl:
        assert ydl.params["js_runtimes"] == {"deno": {"path": str(path)}}
        runtime = ydl._js_runtimes["deno"]
        assert runtime is not None
        assert runtime.info is not None
        assert runtime.info.supported
