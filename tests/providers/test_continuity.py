"""How much sound a file holds, whatever it says of itself: holes are found, and only holes."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from shanty.errors import BadCandidateError
from shanty.providers.continuity import Jump, find_break
from shanty.providers.ffmpeg import measure, verify_audio
from tests.world.audio_files import collected_audio
from tests.world.holed_audio import (
    ENCODINGS,
    SECONDS,
    leave_out,
    render_sweep,
    run_ffmpeg,
    split_parts,
)
from tests.world.proof_cases import in_proof


@pytest.fixture(scope="module")
def wholes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("wholes")
    return {name: render_sweep(folder / name, *how) for name, how in ENCODINGS.items()}


@pytest.mark.parametrize("name", ENCODINGS)
def test_what_is_whole_is_not_suspected(wholes: dict[str, Path], name: str) -> None:
    found = measure(wholes[name])
    assert found.duration_seconds == pytest.approx(SECONDS, abs=0.06)
    assert found.stamped_seconds == pytest.approx(SECONDS, abs=0.06)
    assert found.jumps == ()
    assert verify_audio(wholes[name], SECONDS) == found.duration_seconds


@pytest.mark.parametrize("name", [name for name in ENCODINGS if not name.endswith(".mka")])
def test_parts_that_are_missing_are_noticed(
    wholes: dict[str, Path], name: str, tmp_path: Path
) -> None:
    holed = leave_out(wholes[name], tmp_path / name, count=4 if name == "stream.ts" else 2)
    found = measure(holed)
    assert found.duration_seconds < SECONDS - 0.8
    assert found.stamped_seconds == pytest.approx(SECONDS, abs=0.06), "as if it were whole"
    with pytest.raises(BadCandidateError, match=r"damaged: \d\.\d s of it are missing, at \d"):
        verify_audio(holed, SECONDS)


@pytest.mark.parametrize(("suffix", "count"), [("mka", 12), ("m4a", 60), ("nut", 12)])
def test_packets_that_are_missing_are_noticed(
    wholes: dict[str, Path], suffix: str, count: int, tmp_path: Path
) -> None:
    """Whatever has left them out: no byte of this file is damaged."""
    source = wholes["fragments.m4a" if suffix == "m4a" else "packets.mka"]
    holed = tmp_path / f"holed.{suffix}"
    drop = f"noise=drop='between(n,50,{50 + count})'"
    run_ffmpeg("-i", source, "-c", "copy", "-bsf:a", drop, holed)
    with pytest.raises(BadCandidateError, match="are missing"):
        verify_audio(holed, None)


def test_many_small_holes_are_a_hole(wholes: dict[str, Path], tmp_path: Path) -> None:
    holed = tmp_path / "holed.mka"
    drop = "noise=drop='eq(mod(n,10),9)'"  # each is 21 ms
    live = ("-f", "matroska", "-live", "1")  # which does not say how long it is
    run_ffmpeg("-i", wholes["packets.mka"], "-c", "copy", "-bsf:a", drop, *live, holed)
    with pytest.raises(BadCandidateError, match=r"1\.\d s of it are missing, in many small gaps"):
        verify_audio(holed, None)


@pytest.mark.parametrize("name", ["clusters.webm", "live.webm"])
def test_one_after_the_other_is_not_one_song(
    wholes: dict[str, Path], name: str, tmp_path: Path
) -> None:
    twice = tmp_path / name
    twice.write_bytes(wholes[name].read_bytes() * 2)
    with pytest.raises(BadCandidateError, match="backwards at 12"):
        verify_audio(twice, None)


@pytest.mark.parametrize("name", ["pages.ogg", "pages.oga", "pages.opus"])
def test_ogg_may_hold_one_stream_after_the_other(
    wholes: dict[str, Path], name: str, tmp_path: Path
) -> None:
    chained = tmp_path / name
    chained.write_bytes(wholes[name].read_bytes() * 2)
    assert verify_audio(chained, 2 * SECONDS) == pytest.approx(2 * SECONDS, abs=0.1)


def test_what_is_cut_between_two_clusters_is_noticed(
    wholes: dict[str, Path], tmp_path: Path
) -> None:
    head, parts = split_parts(wholes["clusters.webm"])
    cut = tmp_path / "cut.webm"
    cut.write_bytes(head + b"".join(parts[: len(parts) // 2]))
    with pytest.raises(BadCandidateError, match="is cut off"):
        verify_audio(cut, None)


@pytest.mark.parametrize("suffix", ["ts", "opus"])
def test_a_long_hole_is_not_made_up_for(suffix: str, tmp_path: Path) -> None:
    """ffmpeg closes jumps of more than ten seconds in such formats."""
    encoding = ENCODINGS["stream.ts" if suffix == "ts" else "pages.opus"]
    whole = render_sweep(tmp_path / f"whole.{suffix}", *encoding, seconds=40)
    count = len(split_parts(whole)[1]) // 2
    holed = leave_out(whole, tmp_path / f"holed.{suffix}", first=0.25, count=count)
    with pytest.raises(BadCandidateError, match=r"(?:19|20|21)\.\d s of it are missing"):
        verify_audio(holed, None)


def test_silence_that_an_encoder_does_not_send_is_no_hole(tmp_path: Path) -> None:
    """DTX of Opus: one packet in 20 goes out while nothing is to be heard."""
    whole, sent = tmp_path / "whole.webm", tmp_path / "sent.webm"
    source = "aevalsrc='between(t,0,3)*0.25*sin(880*PI*t)+between(t,9,12)*0.25*sin(880*PI*t)'"
    run_ffmpeg("-f", "lavfi", "-i", f"{source}:s=48000:d=12", "-c:a", "libopus", whole)
    drop = "noise=drop='between(n,160,440)*gt(mod(n,20),0)'"
    run_ffmpeg("-i", whole, "-c", "copy", "-bsf:a", drop, sent)
    assert len(measure(sent).jumps) > 10
    assert verify_audio(sent, None) == pytest.approx(12.0, abs=0.1)


@pytest.mark.parametrize(
    "how",
    [
        ("vbr.mp3", "-c:a", "libmp3lame", "-q:a", "2"),
        in_proof(("bare.mp3", "-c:a", "libmp3lame", "-write_xing", "0")),
        in_proof(("mono.mp3", "-c:a", "libmp3lame", "-ac", "1", "-ar", "22050")),
        in_proof(("raw.aac", "-c:a", "aac")),
        in_proof(("stereo.m4a", "-c:a", "aac", "-ac", "2", "-ar", "44100")),
        in_proof(("alac.m4a", "-c:a", "alac")),
        in_proof(("long.opus", "-c:a", "libopus", "-frame_duration", "60")),
        ("dtx.opus", "-c:a", "libopus", "-application", "voip", "-dtx", "1"),
        in_proof(("surround.opus", "-c:a", "libopus", "-ac", "6", "-mapping_family", "1")),
        in_proof(("low.wav", "-c:a", "pcm_u8", "-ar", "8000")),
        in_proof(("high.flac", "-c:a", "flac", "-ar", "96000", "-sample_fmt", "s32")),
        ("film.mkv", "-c:a", "libmp3lame"),
        in_proof(("windows.wma", "-c:a", "wmav2")),
        in_proof(("flash.flv", "-c:a", "libmp3lame", "-ar", "44100")),
        in_proof(("old.avi", "-c:a", "libmp3lame")),
    ],
    ids=lambda how: how[0],
)
def test_usual_files_are_whole(how: tuple[str, ...], tmp_path: Path) -> None:
    path = render_sweep(tmp_path / how[0], *how[1:])
    assert verify_audio(path, SECONDS) == pytest.approx(SECONDS, abs=0.12)


def test_time_stamps_that_are_a_little_off_are_no_gap() -> None:
    judge = partial(find_break, container="flv", codec="mp3", sound_seconds=100.0)
    jumps = [Jump(1.0, 0.06), Jump(2.0, -0.06)] * 20
    assert judge(jumps) == ""
    assert judge(jumps[::2]) == "1.2 s of it are missing, in many small gaps"


def test_sound_that_begins_late_has_no_hole(wholes: dict[str, Path], tmp_path: Path) -> None:
    film = tmp_path / "film.mkv"
    picture = ("-f", "lavfi", "-i", "color=s=16x16:r=5:d=12.9")
    sound = ("-itsoffset", "0.8", "-i", wholes["pages.oga"])
    run_ffmpeg(*picture, *sound, "-c:v", "mpeg4", "-c:a", "copy", film)
    assert measure(film).jumps[0] == Jump(0.0, pytest.approx(0.8, abs=0.01))
    assert verify_audio(film, SECONDS) == pytest.approx(SECONDS, abs=0.1)


@pytest.mark.proof
@pytest.mark.skipif(not collected_audio(), reason="no collected files here")
def test_no_collected_file_is_suspected_of_holes() -> None:
    names = {"mp3", "flac", "ogg", "opus", "m4a", "wav", "aiff", "wma", "aac", "mpc", "ape", "wv"}
    paths = [path for path in collected_audio() if path.suffix[1:].lower() in names]
    judged = 0
    for path in paths:
        try:
            found = measure(path)
        except BadCandidateError:
            continue
        judged += 1
        assert found.find_break() == "" or found.error, path
    assert judged > 10
