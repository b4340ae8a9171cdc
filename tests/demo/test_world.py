"""The offline world, through the very libraries that the product uses."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mutagen
import pytest
import requests
import yt_dlp
from yt_dlp.utils import DownloadError, GeoRestrictedError

from shanty.config.settings import load_settings
from shanty.demo.audio import find_ffmpeg
from shanty.demo.discography import build_discography
from shanty.demo.offers import CONTAINERS, Offer, OfferKind
from shanty.demo.world import World, settings_environment


def find_offer(world: World, container: str) -> tuple[str, Offer]:
    """The first recording whose right upload is in this container."""
    for mbid in world.recordings:
        if world.offers(mbid)[0].container == container:
            return mbid, world.offers(mbid)[0]
    raise AssertionError(f"no upload in {container}")


def download(world: World, media_id: str, folder: Path, **options: Any) -> Path:
    settings = {"quiet": True, "noprogress": True, "outtmpl": str(folder / "%(id)s.%(ext)s")}
    with yt_dlp.YoutubeDL({**settings, "logger": Silent(), **options}) as client:
        info = client.extract_info(f"{world.base_url}/watch?v={media_id}")
        return Path(info["requested_downloads"][0]["filepath"])


class Silent:
    def debug(self, message: str) -> None: ...
    def warning(self, message: str) -> None: ...
    def error(self, message: str) -> None: ...


def measure_seconds(path: Path) -> float:
    """The length of any audio file, counted by decoding it."""
    command = [find_ffmpeg(), "-hide_banner", "-nostdin", "-i", str(path), "-f", "null", "-"]
    text = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    times = re.findall(r"time=(\d+):(\d+):([\d.]+)", text)
    assert times, text
    hours, minutes, seconds = times[-1]
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


# The origin through yt-dlp


def test_search_offers_the_right_upload_among_wrong_ones(world: World) -> None:
    ranks = []
    for mbid in world.recordings:
        recording = world.expected(mbid).recording
        query = f"{recording.artist_credit.name} {recording.title}"
        with yt_dlp.YoutubeDL({"quiet": True, "extract_flat": True}) as client:
            found = client.extract_info(f"demosearch8:{query}", download=False)
        entries = list(found["entries"])
        ids = [entry["id"] for entry in entries]
        assert len(set(ids)) == 8
        ranks.append(ids.index(world.truth[mbid]))
        right = entries[ranks[-1]]
        assert right["duration"] * 1000 == pytest.approx(recording.length_ms)
        assert right["ie_key"] == "ShantyDemo"
        assert set(ids) >= {offer.id for offer in world.offers(mbid)}
    assert set(ranks) == {0, 1, 2}
    assert world.requests.total("search") == len(ranks)
    assert world.requests.total("watch") == 0
    with yt_dlp.YoutubeDL({"quiet": True, "extract_flat": True}) as client:
        assert not list(client.extract_info("demosearch8:zzz qqq", download=False)["entries"])


@pytest.mark.parametrize("container", CONTAINERS)
def test_each_container_downloads_whole_and_is_what_it_says(
    world: World, tmp_path: Path, container: str
) -> None:
    _, offer = find_offer(world, container)
    path = download(world, offer.id, tmp_path)
    served = requests.get(f"{world.base_url}/media/{offer.file_name}").content
    assert hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256(served).digest()
    assert path.suffix == f".{container}"
    opened = mutagen.File(path)
    if container == "webm":
        # mutagen does not know Matroska; the product takes the Opus stream out of it.
        assert opened is None
        assert measure_seconds(path) == pytest.approx(offer.duration_seconds, abs=0.1)
    else:
        assert opened.info.length == pytest.approx(offer.duration_seconds, abs=0.1)
    assert world.requests.of("media_complete", offer.id) == 2


def test_sounds_differ_by_recording_and_decoys_last_as_long_as_they_say(
    world: World, tmp_path: Path
) -> None:
    mbid = world.recordings[0]
    digests = set()
    for offer in [*world.offers(mbid), world.offers(world.recordings[5])[0]]:
        body = requests.get(f"{world.base_url}/media/{offer.file_name}").content
        digests.add(hashlib.sha256(body).hexdigest())
        if offer.kind is OfferKind.LIVE:
            (tmp_path / offer.file_name).write_bytes(body)
            length = measure_seconds(tmp_path / offer.file_name)
            assert length == pytest.approx(offer.duration_seconds, abs=0.1)
    assert len(digests) == 7
    right, lyrics, live, *_ = world.offers(mbid)
    assert world.is_right(mbid, right.id)
    assert world.is_right(mbid, lyrics.id)
    assert not world.is_right(mbid, live.id)


@pytest.mark.parametrize(
    ("kind", "cause", "words"),
    [
        ("gone", None, "Video unavailable. This video has been removed by the uploader"),
        ("bot_check", None, "Sign in to confirm you’re not a bot. Use --cookies"),
        ("geo", GeoRestrictedError, "not made this video available in your country"),
        ("rate_limited", None, "HTTP Error 429"),
        ("unavailable", None, "HTTP Error 503"),
        ("server_error", None, "HTTP Error 500"),
    ],
)
def test_a_refused_watch_page_fails_as_yt_dlp_does(
    world: World, tmp_path: Path, kind: str, cause: type[Exception] | None, words: str
) -> None:
    mbid = world.recordings[0]
    world.faults.set(kind, mbid, times=1)
    with pytest.raises(DownloadError) as failure:
        download(world, world.truth[mbid], tmp_path, extractor_retries=0)
    assert words in str(failure.value)
    original = failure.value.exc_info[1]
    assert cause is None or isinstance(original, cause)
    # Told apart from a bug in the extractor, which yt-dlp asks people to report.
    assert "report this issue" not in str(original) or "HTTP Error" in words
    assert list(tmp_path.iterdir()) == []
    # It was for one time.
    assert download(world, world.truth[mbid], tmp_path).exists()


def test_unknown_uploads_are_gone(world: World, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="Video unavailable"):
        download(world, "AAAAAAAAAAA", tmp_path)


def test_a_cut_connection_fails_or_is_resumed(world: World, tmp_path: Path) -> None:
    _, offer = find_offer(world, "flac")
    world.faults.set("cut", offer.id, times=1)
    with pytest.raises(DownloadError, match="more expected"):
        download(world, offer.id, tmp_path, retries=0)
    (part,) = tmp_path.iterdir()
    assert part.suffix == ".part"
    assert world.requests.of("media_complete", offer.id) == 0
    # The next call takes up where the line was cut.
    held = part.stat().st_size
    assert held > 0
    path = download(world, offer.id, tmp_path)
    whole = requests.get(f"{world.base_url}/media/{offer.file_name}").content
    assert path.read_bytes() == whole
    assert world.requests.of("media_complete", offer.id) == 2
    # And yt-dlp does so by itself when it may retry.
    path.unlink()
    world.requests.reset()
    world.faults.set("cut", "media", times=2)
    assert download(world, offer.id, tmp_path, retries=2).read_bytes() == whole
    assert world.requests.of("media", offer.id) == 3
    assert world.requests.complete_media() == {offer.id: 1}


@pytest.mark.parametrize(("kind", "status"), [("rate_limited", 429), ("unavailable", 503)])
def test_a_refused_body_fails_as_yt_dlp_does(
    world: World, tmp_path: Path, kind: str, status: int
) -> None:
    mbid, offer = find_offer(world, "mp3")
    world.faults.set(kind, "media", times=1)
    with pytest.raises(DownloadError, match=str(status)):
        download(world, offer.id, tmp_path, retries=0)
    world.faults.set(kind, "search", times=1)
    title = world.expected(mbid).recording.title
    with (
        yt_dlp.YoutubeDL({"quiet": True, "logger": Silent()}) as client,
        pytest.raises(DownloadError, match=str(status)),
    ):
        client.extract_info(f"demosearch2:{title}", download=False)


def test_bad_audio_arrives_and_is_bad(world: World, tmp_path: Path) -> None:
    _, offer = find_offer(world, "mp3")
    good = download(world, offer.id, tmp_path / "good").read_bytes()

    world.faults.set("wrong_length", offer.id)
    path = download(world, offer.id, tmp_path / "long")
    assert mutagen.File(path).info.length > offer.duration_seconds + 30
    world.faults.clear("wrong_length", offer.id)

    world.faults.set("silent", offer.id, times=1)
    path = download(world, offer.id, tmp_path / "silent")
    assert mutagen.File(path).info.length == pytest.approx(offer.duration_seconds, abs=0.1)
    command = [find_ffmpeg(), "-i", str(path), "-af", "volumedetect", "-f", "null", "-"]
    heard = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    assert re.search(r"max_volume: -(\d\d+)", heard)

    world.faults.set("corrupt", offer.id, times=1)
    garbage = download(world, offer.id, tmp_path / "corrupt").read_bytes()
    assert len(garbage) == len(good)
    assert garbage != good

    world.faults.set("html", offer.id, times=1)
    assert download(world, offer.id, tmp_path / "html").read_bytes().startswith(b"<!DOCTYPE html")
    assert download(world, offer.id, tmp_path / "again").read_bytes() == good


def test_a_slow_body_trickles(world: World) -> None:
    _, offer = find_offer(world, "ogg")
    url = f"{world.base_url}/media/{offer.file_name}"
    size = len(requests.get(url).content)
    # An hour for the whole: a client that waits a moment has got the headers and nothing else.
    world.faults.set("slow", offer.id, times=1, value=size / 3600)
    with (
        pytest.raises(requests.ConnectionError, match="timed out"),
        requests.get(url, timeout=0.2, stream=True) as answer,
    ):
        assert int(answer.headers["Content-Length"]) == size
        list(answer.iter_content(size))
    assert len(requests.get(url, timeout=5).content) == size
    assert world.requests.of("media_complete", offer.id) == 2


def test_ranges(world: World) -> None:
    _, offer = find_offer(world, "m4a")
    url = f"{world.base_url}/media/{offer.file_name}"
    whole = requests.get(url)
    size = len(whole.content)
    assert (whole.status_code, whole.headers["Content-Length"]) == (200, str(size))
    assert whole.headers["Content-Type"] == "audio/mp4"
    for header, start, stop in (
        ("bytes=0-99", 0, 100),
        ("bytes=100-", 100, size),
        ("bytes=-10", size - 10, size),
        (f"bytes=5-{size + 50}", 5, size),
    ):
        answer = requests.get(url, headers={"Range": header})
        assert answer.status_code == 206
        assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{size}"
        assert answer.content == whole.content[start:stop]
    beyond = requests.get(url, headers={"Range": f"bytes={size}-"})
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{size}")
    head = requests.head(url)
    assert (head.headers["Content-Length"], head.content) == (str(size), b"")
    # The whole one, and the three that reached the end; the head and the first 100 bytes did not.
    assert world.requests.of("media_complete", offer.id) == 4


# Covers


def test_covers_are_images_of_the_asked_size_and_one_album_has_none(world: World) -> None:
    kinds = set()
    for group in world.discography.release_groups:
        url = f"{world.base_url}/release-group/{group.mbid}/front-500"
        if group.mbid in world.discography.without_cover:
            assert requests.get(url).status_code == 404
            continue
        redirect = requests.get(url, allow_redirects=False)
        assert redirect.status_code == 307
        image = requests.get(redirect.headers["Location"])
        kinds.add(image.headers["Content-Type"])
        png = image.content.startswith(b"\x89PNG")
        assert png or image.content.startswith(b"\xff\xd8")
        assert image.headers["Content-Type"] == ("image/png" if png else "image/jpeg")
    assert len(world.discography.without_cover) == 2
    release = world.expected(world.recordings[0]).release
    bodies = {
        requests.get(f"{world.base_url}/{path}").content
        for path in (
            f"release/{release.mbid}/front-1200",
            f"release-group/{release.release_group.mbid}/front-1200",
        )
    }
    assert len(bodies) == 1
    assert requests.get(f"{world.base_url}/release/{'0' * 8}/front").status_code == 404
    world.faults.set("unavailable", "coverart", times=1)
    refused = requests.get(f"{world.base_url}/release/{release.mbid}/front")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")


# The settings, and the world as a process of its own


def test_the_settings_point_at_the_world(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHANTY_HOME", str(tmp_path))
    (tmp_path / "shanty.toml").touch()
    monkeypatch.setenv("SHANTY_CONFIG", str(tmp_path / "shanty.toml"))
    for name, value in world.settings_environment().items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert settings.musicbrainz.url.rstrip("/") == world.base_url
    assert settings.musicbrainz.rate >= 100
    assert settings.coverart.url.rstrip("/") == world.base_url
    assert settings.download.search == ("demosearch8",)


@pytest.fixture
def world_process(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "shanty.demo.server", "--tracks", "3"]
    process = subprocess.Popen(
        [*command, "--cache-dir", str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    yield process, process.stdout.readline().strip()
    process.kill()
    process.wait()
    process.stdout.close()


def test_the_world_outlives_its_clients_in_a_process_of_its_own(
    world_process: tuple[subprocess.Popen[str], str], tmp_path: Path
) -> None:
    process, base_url = world_process
    discography = build_discography(3)
    with World(tracks=3) as twin:
        media_id = twin.truth[discography.recordings[0].mbid]
    posted = requests.post(
        f"{base_url}/faults", json={"kind": "gone", "target": media_id, "times": 1}
    )
    assert [fault["kind"] for fault in posted.json()] == ["gone"]
    # Only the environment tells the other process where the plug-in and the origin are.
    script = (
        "import sys, yt_dlp\n"
        "options = {'quiet': True, 'ignoreerrors': True, 'noprogress': True}\n"
        "options['outtmpl'] = sys.argv[2] + '/%(id)s.%(ext)s'\n"
        "with yt_dlp.YoutubeDL(options) as client:\n"
        "    for _ in range(2):\n"
        "        client.download(['http://127.0.0.1:1/watch?v=' + sys.argv[1]])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, media_id, str(tmp_path / "out")],
        env={**os.environ, **settings_environment(base_url)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "removed by the uploader" in done.stderr
    assert [path.stem for path in (tmp_path / "out").iterdir()] == [media_id]
    counts = requests.get(f"{base_url}/counts").json()
    assert counts["media_complete"] == {media_id: 1}
    assert counts["watch"] == {media_id: 2}
    assert requests.get(f"{base_url}/faults").json() == []
    assert requests.post(f"{base_url}/faults", json={"kind": "flood"}).status_code == 400
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) == 0


def test_a_port_in_use_is_one_sentence(world: World) -> None:
    port = world.base_url.rpartition(":")[2]
    done = subprocess.run(
        [sys.executable, "-m", "shanty.demo.server", "--port", port],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("the offline world cannot be served: ")
    assert len(done.stderr.splitlines()) == 1


def test_the_plugin_folders_are_namespaces() -> None:
    """An ``__init__.py`` there would hide every other plug-in that a user has installed."""
    folder = Path(importlib.import_module("shanty.demo").ytdlp_plugin_dir())
    assert list(folder.rglob("shanty_demo.py"))
    assert not list(folder.rglob("__init__.py"))
    assert json.loads(settings_environment("http://x")["SHANTY_DOWNLOAD__SEARCH"]) == [
        "demosearch8"
    ]
