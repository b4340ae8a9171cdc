"""What a download becomes: a file that can be tagged, with nothing in it but its sound."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import imageio_ffmpeg
import pytest
from mutagen import File as open_with_mutagen

from shanty.errors import BadCandidateError, TransientError
from shanty.models import Candidate
from shanty.naming.extensions import extension_for
from shanty.providers.conversion import choose_target, convert
from shanty.providers.ffmpeg import examine, measure, verify_audio
from shanty.providers.ytdlp.client import fetch
from shanty.tags.audio import read_properties
from shanty.tags.identity import read_identity
from shanty.tags.tagging import read_tags, write_tags
from shanty.tags.tagset import TagSet
from tests.world.ffmpeg_runs import in_front_of_ffmpeg
from tests.world.holed_audio import ENCODINGS, SECONDS, render_sweep, run_ffmpeg
from tests.world.proof_cases import in_proof
from tests.world.stream_site import StreamSite, serving

PCM = "pcm_s16le"


def finish(path: Path, audio_format: str = "best") -> Path:
    target = choose_target(examine(path), path, audio_format)
    return path if target is None else convert(path, target)


def decode(path: Path, sample_format: str) -> bytes:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-i", str(path)]
    command += ["-map", "0:a:0", "-f", sample_format, "-"]
    return subprocess.run(command, capture_output=True, check=True, timeout=60).stdout


@pytest.mark.parametrize(
    ("name", "encoding", "as_samples", "bits"),
    [
        ("cd.wav", ("-c:a", PCM, "-ar", "44100"), "s16le", 16),
        in_proof("cd.aiff", ("-c:a", "pcm_s16be", "-ar", "44100"), "s16le", 16),
        ("studio.wav", ("-c:a", "pcm_s24le", "-ar", "96000"), "s32le", 24),
        in_proof("old.wav", ("-c:a", "pcm_u8", "-ar", "8000"), "s16le", 16),
        ("phone.au", ("-c:a", "pcm_mulaw", "-ar", "8000"), "s16le", 16),
        in_proof("big.w64", ("-c:a", PCM), "s16le", 16),
        in_proof("apple.caf", ("-c:a", "pcm_s24be"), "s32le", 24),
        in_proof("film.mkv", ("-c:a", PCM), "s16le", 16),
        in_proof("packed.wv", ("-c:a", "wavpack", "-sample_fmt", "s16p"), "s16le", 16),
        in_proof("true.tta", ("-c:a", "tta", "-sample_fmt", "s16"), "s16le", 16),
    ],
)
def test_what_is_lossless_becomes_flac_and_stays_so(
    tmp_path: Path, name: str, encoding: tuple[str, ...], as_samples: str, bits: int
) -> None:
    source = render_sweep(tmp_path / name, *encoding, seconds=2)
    made = finish(source)
    found = open_with_mutagen(made).info
    assert (made.suffix, read_properties(made).codec) == (".flac", "flac")
    assert found.bits_per_sample == bits
    assert found.sample_rate == measure(source).sample_rate
    assert decode(made, as_samples) == decode(source, as_samples)


@pytest.mark.parametrize("codec", ["pcm_f32le", *map(in_proof, ("pcm_s32le", "pcm_f64le"))])
def test_of_thirty_two_bits_twenty_four_are_kept(tmp_path: Path, codec: str) -> None:
    made = finish(render_sweep(tmp_path / "float.wav", "-c:a", codec, seconds=2))
    assert open_with_mutagen(made).info.bits_per_sample == 24
    assert verify_audio(made, 2.0) == pytest.approx(2.0, abs=0.05)


@pytest.mark.parametrize(
    ("name", "encoding", "made_suffix", "codec"),
    [
        ("raw.aac", ("-c:a", "aac"), ".m4a", "aac"),
        in_proof("sound.mka", ("-c:a", "libopus"), ".opus", "opus"),
        in_proof("stream.ts", ENCODINGS["stream.ts"], ".m4a", "aac"),
        in_proof("live.webm", ENCODINGS["live.webm"], ".opus", "opus"),
        ("fragments.mp4", ENCODINGS["fragments.m4a"], ".m4a", "aac"),
        in_proof("vorbis.webm", ("-c:a", "libvorbis"), ".ogg", "vorbis"),
        in_proof("apple.caf", ("-c:a", "alac"), ".m4a", "alac"),
        ("free.oga", ("-c:a", "flac"), ".flac", "flac"),
        ("film.ac3", ("-c:a", "ac3"), ".mp3", "mp3"),
        in_proof("windows.wma", ("-c:a", "wmav2"), ".mp3", "mp3"),
        in_proof("radio.mp2", ("-c:a", "mp2"), ".mp3", "mp3"),
    ],
)
def test_what_cannot_be_tagged_is_put_where_it_can(
    tmp_path: Path, name: str, encoding: tuple[str, ...], made_suffix: str, codec: str
) -> None:
    made = finish(render_sweep(tmp_path / name, *encoding))
    found = read_properties(made)
    assert (made.suffix, found.codec) == (made_suffix, codec)
    assert f".{extension_for(found)}" == made_suffix
    assert found.duration_seconds == pytest.approx(SECONDS, abs=0.12)
    assert verify_audio(made, SECONDS) == pytest.approx(SECONDS, abs=0.12)


@pytest.mark.parametrize("name", ["a.mp3", "a.flac", "a.ogg", "a.opus", "a.m4a"])
def test_what_is_as_it_should_be_is_left_alone(tmp_path: Path, name: str) -> None:
    path = render_sweep(tmp_path / name, seconds=2)
    assert choose_target(examine(path), path, "best") is None


def test_a_flac_that_does_not_say_how_long_it_is_does_then(tmp_path: Path) -> None:
    streamed = tmp_path / "streamed.flac"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-f", "lavfi"]
    command += ["-i", "sine=d=3", "-c:a", "flac", "-f", "flac", "-"]
    streamed.write_bytes(subprocess.run(command, capture_output=True, check=True).stdout)
    assert open_with_mutagen(streamed).info.length == 0
    made = finish(streamed)
    assert open_with_mutagen(made).info.length == pytest.approx(3.0)
    assert decode(made, "s16le") == decode(streamed, "s16le")


@pytest.mark.parametrize("name", ["streamed.flac", "fragments.m4a"])
def test_a_file_that_does_not_say_how_long_it_is_is_decoded(tmp_path: Path, name: str) -> None:
    """A person may have such files, and they are tagged like all others."""
    path = tmp_path / name
    if name.endswith(".flac"):
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-f", "lavfi"]
        command += ["-i", "sine=d=3", "-c:a", "flac", "-f", "flac", "-"]
        path.write_bytes(subprocess.run(command, capture_output=True, check=True).stdout)
    else:
        render_sweep(path, *ENCODINGS["fragments.m4a"], seconds=3)
    assert open_with_mutagen(path).info.length == 0
    assert read_properties(path).duration_seconds == pytest.approx(3.0, abs=0.06)
    assert read_properties(path).bitrate > 1000
    assert read_identity(path).length_ms == pytest.approx(3000, abs=60)
    before = decode(path, "s16le")
    assert write_tags(path, TagSet(title="Another title"))
    assert read_tags(path).title == "Another title"
    assert decode(path, "s16le") == before
    assert verify_audio(path, 3.0) == pytest.approx(3.0, abs=0.06)


CHAPTERS = """;FFMETADATA1
title=Best song EVER (official)
comment=https://site.example/watch?v=1
purl=https://site.example/watch?v=1
description=Buy our shirts
[CHAPTER]
TIMEBASE=1/1
START=0
END=1
title=Sponsor
[CHAPTER]
TIMEBASE=1/1
START=1
END=2
title=Song
"""


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.m4a", "aac"),
        ("a.mp4", "alac"),
        ("a.webm", "libopus"),
        ("a.mka", "flac"),
        ("a.mp3", "libmp3lame"),
    ],
)
def test_what_a_site_has_added_stays_behind(tmp_path: Path, name: str, codec: str) -> None:
    notes, path = tmp_path / "notes.txt", tmp_path / name
    notes.write_text(CHAPTERS)
    run_ffmpeg(
        "-f", "lavfi", "-i", "sine=d=2", "-i", notes, "-map_metadata", "1", "-c:a", codec, path
    )
    assert measure(path).has_chapters
    made = finish(path)
    assert not measure(made).has_chapters
    assert measure(made).streams == ("Audio",)
    data = made.read_bytes()
    for word in (b"Sponsor", b"site.example", b"shirts", b"EVER", b"chpl", b"CHAP"):
        assert word not in data, word


@pytest.fixture
def site(tmp_path: Path) -> Iterator[StreamSite]:
    (tmp_path / "site").mkdir()
    with serving(tmp_path / "site") as site:
        yield site


@pytest.mark.parametrize("audio_format", ["best", "mp3", *map(in_proof, ("m4a", "opus", "flac"))])
def test_a_wav_is_fetched_as_what_was_asked_for(
    site: StreamSite, tmp_path: Path, audio_format: str
) -> None:
    render_sweep(site.folder / "song.wav", seconds=3)
    candidate = Candidate("Generic", "song", site.url("song.wav"), "Song")
    path = fetch(candidate, tmp_path / "in", audio_format=audio_format)
    wanted = "flac" if audio_format == "best" else audio_format
    assert extension_for(read_properties(path)) == wanted
    assert list((tmp_path / "in").glob("Generic*")) == [path]
    assert fetch(candidate, tmp_path / "in", audio_format=audio_format) == path
    assert site.asked["song.wav"] == 1 + 1, "looked at, and downloaded"


@pytest.mark.parametrize(
    ("deed", "expected"),
    [
        ("kill -SEGV $$", BadCandidateError),
        in_proof("kill -ABRT $$", BadCandidateError),
        in_proof("exit 139", BadCandidateError),
        ("kill -TERM $$", TransientError),
    ],
)
def test_a_conversion_that_crashes_is_the_candidates_fault(
    site: StreamSite,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    deed: str,
    expected: type[Exception],
) -> None:
    render_sweep(site.folder / "song.wav", seconds=2)
    candidate = Candidate("Generic", "song", site.url("song.wav"), "Song")
    in_front_of_ffmpeg(tmp_path, monkeypatch, f'case "$*" in *-acodec*) {deed};; esac\n')
    with pytest.raises(expected) as caught:
        fetch(candidate, tmp_path / "in")
    assert type(caught.value) is expected


def test_a_conversion_without_room_waits_for_the_disk(
    site: StreamSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    render_sweep(site.folder / "song.wav", seconds=2)
    candidate = Candidate("Generic", "song", site.url("song.wav"), "Song")
    words = "[fatal] av_interleaved_write_frame(): No space left on device"
    script = f'case "$*" in *-acodec*) echo "{words}" >&2; exit 228;; esac\n'
    in_front_of_ffmpeg(tmp_path, monkeypatch, script)
    with pytest.raises(Exception, match="no space left") as caught:
        fetch(candidate, tmp_path / "in")
    assert getattr(caught.value, "source", "") == "disk"
