"""Loudness, compared with signals of known level and with ffmpeg's filters; gain tags; albums."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mediafile
import mutagen
import pytest

from shanty.db import Database
from shanty.errors import BadCandidateError, PermanentError
from shanty.files.checksum import checksum
from shanty.models import Stage, TrackStatus
from shanty.music.loudness import Gain, Loudness, find_gain, integrate
from shanty.providers.ffmpeg import find_ffmpeg, measure_loudness
from shanty.stages.execution import Fate
from shanty.tags.gain_tags import read_gain, write_gain
from shanty.tags.tagging import build_tags, read_tags, write_tags
from shanty.tracks.maintenance import tidy
from tests.world.audio_files import FORMATS
from tests.world.databases import ON_SQLITE
from tests.world.filed_library import make_placements
from tests.world.staged_library import StagedLibrary

# Two seconds loud, one very soft, two in between: only with gates, the result is right.
UNEVEN = "0.5*sin(2*PI*997*t)*if(lt(t,2),1,if(lt(t,3),0.003,0.3))"


def render(path: Path, expression: str, seconds: float, *codec: str) -> Path:
    """Stereo sound that is the same in both channels."""
    source = f"aevalsrc='{expression}|{expression}':s=48000:d={seconds}"
    command = [str(find_ffmpeg()), "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", source]
    subprocess.run([*command, *codec, str(path)], check=True, timeout=60)
    return path


def judge(*paths: Path, by: str) -> str:
    """What one of ffmpeg's filters says about files, one after the other."""
    command = [str(find_ffmpeg()), "-nostdin", "-nostats", "-hide_banner"]
    for path in paths:
        command += ["-i", str(path)]
    inputs = "".join(f"[{number}:a]" for number in range(len(paths)))
    command += ["-filter_complex", f"{inputs}concat=n={len(paths)}:v=0:a=1,{by}", "-f", "null", "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stderr


def integrated(text: str) -> float:
    return float(re.findall(r"I:\s+(-?[\d.]+) LUFS", text)[-1])


@pytest.mark.parametrize("peak_db", [-6.0, -20.0, -40.0])
def test_a_sine_has_the_loudness_of_its_level(tmp_path: Path, peak_db: float) -> None:
    """BS.1770: for 997 Hz in both channels, the LUFS equal the peak in dB of full scale."""
    amplitude = 10 ** (peak_db / 20)
    path = render(tmp_path / "tone.flac", f"{amplitude}*sin(2*PI*997*t)", 3)
    gain = find_gain([measure_loudness(path)])
    assert gain is not None
    assert gain.gain_db == pytest.approx(-18 - peak_db, abs=0.05)
    assert gain.peak == pytest.approx(amplitude, abs=0.002)


def test_the_gates_and_the_peak_are_as_ffmpeg_judges(tmp_path: Path) -> None:
    path = render(tmp_path / "uneven.flac", UNEVEN, 5)
    measured = measure_loudness(path)
    gain = find_gain([measured])
    assert gain is not None
    assert -18 - gain.gain_db == pytest.approx(
        integrated(judge(path, by="ebur128=framelog=verbose")), abs=0.1
    )
    [loudest] = re.findall(r"max_volume: (-?[\d.]+) dB", judge(path, by="volumedetect"))
    assert 20 * math.log10(gain.peak) == pytest.approx(float(loudest), abs=0.2)
    told = judge(path, by="replaygain")
    peak = re.findall(r"track_peak = ([\d.]+)", told)[-1]  # of 5.1, the first is of no samples
    assert gain.peak == pytest.approx(float(peak), abs=0.01)
    # The first ReplayGain weighs otherwise, and has no gates: it is near, not equal.
    older = re.findall(r"track_gain = ([+-][\d.]+) dB", told)[-1]
    assert gain.gain_db == pytest.approx(float(older), abs=3)


def test_an_album_is_measured_as_one(tmp_path: Path) -> None:
    loud = render(tmp_path / "loud.flac", "0.5*sin(2*PI*997*t)", 4)
    low = render(tmp_path / "low.flac", "0.02*sin(2*PI*997*t)", 8)
    uneven = render(tmp_path / "uneven.flac", UNEVEN, 5)
    measures = [measure_loudness(path) for path in (loud, low, uneven)]
    album = find_gain(measures)
    assert album is not None
    # The one file across whose joints blocks lie differs by those: three of a hundred and sixty.
    assert -18 - album.gain_db == pytest.approx(
        integrated(judge(loud, low, uneven, by="ebur128=framelog=verbose")), abs=0.2
    )
    alone = [one.gain_db for one in (find_gain([m]) for m in measures) if one is not None]
    assert album.gain_db != pytest.approx(sum(alone) / len(alone), abs=2), "a mean of the gains"
    assert album.peak == max(one.peak for one in measures)


def test_silent_and_very_short_files_have_no_gain(tmp_path: Path) -> None:
    for expression, seconds in (("0", 2), ("0.5*sin(2*PI*997*t)", 0.2)):
        measured = measure_loudness(render(tmp_path / "x.flac", expression, seconds))
        assert find_gain([measured]) is None
        loud = Loudness.of([-10.0], 0.5)
        assert find_gain([measured, loud]) == Gain(-8.0, max(0.5, measured.peak))


def test_an_ffmpeg_that_does_not_measure_is_not_taken_for_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, an option that one version of ffmpeg lacks made every track look silent."""
    path = render(tmp_path / "tone.flac", "0.5*sin(2*PI*997*t)", 1)
    wrapper = tmp_path / "ffmpeg"
    real = find_ffmpeg()
    wrapper.write_text(
        f'#!/bin/bash\nexec {real} "${{@/ebur128=peak=true/ebur128=no_such_option=1}}"\n'
    )
    wrapper.chmod(0o755)
    monkeypatch.setattr("shanty.providers.ffmpeg.find_ffmpeg", lambda: wrapper)
    with pytest.raises(BadCandidateError, match=r"how loud tone.flac is cannot be told: .*option"):
        measure_loudness(path)


def test_a_measure_is_kept_whole() -> None:
    measured = Loudness.of([-69.99, -70.0, -120.7, -14.123, 3.0, *[-9.5] * 40_000], 1.25)
    assert Loudness.unpack(measured.pack(), measured.peak) == measured
    assert measured.blocks[:2] == (-6999, -1412)
    assert len(measured.pack()) < 1000
    assert integrate(Loudness.of([-10.0] * 10 + [-24.0] * 10, 1).blocks) == pytest.approx(-10.0)


GAINS = {"TRACK": Gain(-6.543, 0.98765), "ALBUM": Gain(2.5, 1.1)}


@pytest.mark.parametrize("suffix", FORMATS)
def test_gain_tags_read_back_and_disturb_nothing(
    made_audio: dict[str, Path], tmp_path: Path, suffix: str
) -> None:
    path = Path(shutil.copy(made_audio[suffix], tmp_path))
    tags = build_tags(make_placements("One")[0])
    write_tags(path, tags)
    seen: list[str] = []
    assert write_gain(path, GAINS, before_replacing=lambda _, new: seen.append(checksum(new)))
    assert seen == [checksum(path)]
    assert read_tags(path) == tags
    if suffix == "opus":
        # RFC 7845: in 1/256 dB, and for -23 LUFS instead of -18.
        expected = {"R128_TRACK_GAIN": "-2955", "R128_ALBUM_GAIN": "-640"}
    else:
        expected = {
            "REPLAYGAIN_TRACK_GAIN": "-6.54 dB",
            "REPLAYGAIN_TRACK_PEAK": "0.987650",
            "REPLAYGAIN_ALBUM_GAIN": "2.50 dB",
            "REPLAYGAIN_ALBUM_PEAK": "1.100000",
        }
    assert read_gain(path) == expected
    found = mediafile.MediaFile(path)
    if suffix == "opus":
        assert (found.r128_track_gain, found.r128_album_gain) == (-2955 / 256, -2.5)
    else:
        assert (found.rg_track_gain, found.rg_album_gain) == (-6.54, 2.5)
        assert (found.rg_track_peak, found.rg_album_peak) == (0.98765, 1.1)
    before = path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino
    assert not write_gain(path, GAINS)
    assert not write_tags(path, tags), "tagging again takes the gain away"
    assert (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino) == before
    assert write_gain(path, {"TRACK": Gain(1.0, 0.5)})
    assert len([name for name in read_gain(path) if "ALBUM" in name]) == len(expected) // 2
    assert write_gain(path, {"TRACK": None, "ALBUM": None})
    assert read_gain(path) == {}
    assert read_tags(path) == tags


def test_another_scanners_spelling_is_replaced(made_audio: dict[str, Path], tmp_path: Path) -> None:
    mp3 = Path(shutil.copy(made_audio["mp3"], tmp_path))
    audio = mutagen.File(mp3)
    audio.tags.add(mutagen.id3.TXXX(encoding=3, desc="replaygain_track_gain", text=["-1 dB"]))
    audio.save()
    write_gain(mp3, GAINS)
    assert len(mutagen.File(mp3).tags.getall("TXXX")) == 4
    opus = Path(shutil.copy(made_audio["opus"], tmp_path))
    audio = mutagen.File(opus)
    audio["REPLAYGAIN_TRACK_GAIN"] = "-1 dB"  # RFC 7845 forbids it
    audio.save()
    write_gain(opus, {"TRACK": Gain(-5.0, 1.0)})
    assert read_gain(opus) == {"R128_TRACK_GAIN": "-2560"}


def test_the_output_gain_of_opus_is_heard_and_kept(
    made_audio: dict[str, Path], tmp_path: Path
) -> None:
    path = Path(shutil.copy(made_audio["opus"], tmp_path))
    before = find_gain([measure_loudness(path)])
    data = bytearray(path.read_bytes())
    at = data.index(b"OpusHead") + 16
    data[at : at + 2] = (-6 * 256).to_bytes(2, "little", signed=True)
    path.write_bytes(_with_ogg_checksum(data))
    after = find_gain([measure_loudness(path)])
    assert before is not None
    assert after is not None
    assert after.gain_db - before.gain_db == pytest.approx(6, abs=0.05)
    write_gain(path, {"TRACK": after})
    at = path.read_bytes().index(b"OpusHead") + 16
    assert int.from_bytes(path.read_bytes()[at : at + 2], "little", signed=True) == -6 * 256


def _with_ogg_checksum(data: bytearray) -> bytes:
    """Correct the checksum of the first page."""
    size = 27 + data[26] + sum(data[27 : 27 + data[26]])
    page = bytes(data[:22]) + bytes(4) + bytes(data[26:size])
    data[22:26] = _crc(page).to_bytes(4, "little")
    return bytes(data)


def _crc(page: bytes) -> int:
    """The checksum of RFC 3533: the polynomial 0x04c11db7, neither reflected nor inverted."""
    value = 0
    for byte in page:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ 0x04C11DB7 if value & 0x80000000 else value << 1) & 0xFFFFFFFF
    return value


@pytest.mark.parametrize("junk", [b"", b"<html>", b"fLaC" + bytes(60)])
def test_a_file_without_audio_is_refused_and_left(tmp_path: Path, junk: bytes) -> None:
    path = tmp_path / "x.flac"
    path.write_bytes(junk)
    with pytest.raises(PermanentError):
        write_gain(path, GAINS)
    assert path.read_bytes() == junk


# --- the stage -----------------------------------------------------------------------------------


@pytest.fixture
def bench(database: Database, tmp_path: Path) -> StagedLibrary:
    return StagedLibrary(tmp_path, database, Stage.REPLAYGAIN)


def gains_of(bench: StagedLibrary, track_id: int) -> dict[str, str]:
    bench.check_catalogue()
    return read_gain(bench.path(track_id))


def has_album(gains: dict[str, str]) -> bool:
    return any("ALBUM" in name for name in gains)


def test_the_last_track_gives_the_album_its_gain(bench: StagedLibrary, tmp_path: Path) -> None:
    sounds = [
        render(tmp_path / f"{level}.flac", f"{level}*sin(2*PI*997*t)", 1)
        for level in (0.5, 0.05, 0.1)
    ]
    tracks = zip(make_placements("One", "Two", "Three"), sounds, strict=True)
    ids = [bench.download(placement, sound) for placement, sound in tracks]
    for others in ("2 more tracks", "1 more track"):
        outcome = bench.run(bench.run_until(Stage.REPLAYGAIN))
        assert outcome.message.endswith(f"the album waits for {others}")
    assert gains_of(bench, ids[0])["REPLAYGAIN_TRACK_GAIN"] == "-11.98 dB"
    assert not has_album(gains_of(bench, ids[0]))
    outcome = bench.run(bench.run_until(Stage.REPLAYGAIN))
    assert outcome.fate is Fate.FINISHED
    assert outcome.message.endswith("the album has its gain")
    found = [gains_of(bench, track_id) for track_id in ids]
    assert [gains["REPLAYGAIN_TRACK_GAIN"] for gains in found] == [
        "-11.98 dB",
        "8.02 dB",
        "2.00 dB",
    ]
    # The mean of -6 and -20 LUFS, of energies: the third, at -26, is below the relative gate.
    assert {gains["REPLAYGAIN_ALBUM_GAIN"] for gains in found} == {"-9.14 dB"}
    assert {gains["REPLAYGAIN_ALBUM_PEAK"] for gains in found} == {"0.500000"}
    before = bench.tree(), [bench.path(one).stat().st_mtime_ns for one in ids]
    assert bench.run(bench.enqueue(ids[0], Stage.REPLAYGAIN)).fate is Fate.FINISHED
    assert (bench.tree(), [bench.path(one).stat().st_mtime_ns for one in ids]) == before


def test_two_tracks_that_end_at_once_leave_nothing_out(
    bench: StagedLibrary, made_audio: dict[str, Path]
) -> None:
    placements = make_placements("One", "Two", "Three", "Four")
    ids = [bench.download(placement, made_audio["opus"]) for placement in placements]
    items = [bench.run_until(Stage.REPLAYGAIN) for _ in ids]
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(bench.run, items))
    assert {outcome.fate for outcome in outcomes} == {Fate.FINISHED}
    for track_id, placement in zip(ids, placements, strict=True):
        assert set(gains_of(bench, track_id)) == {"R128_TRACK_GAIN", "R128_ALBUM_GAIN"}
        assert read_tags(bench.path(track_id)) == build_tags(placement)


def test_tracks_filed_before_are_measured_with_the_rest(
    bench: StagedLibrary, made_audio: dict[str, Path]
) -> None:
    """If the stage is switched on in the middle of an album, the earlier tracks get a gain too."""
    first, second = make_placements("One", "Two")
    bench.switch(Stage.REPLAYGAIN, is_on=False)
    [old] = bench.file([first], made_audio["mp3"])
    assert gains_of(bench, old) == {}
    bench.switch(Stage.REPLAYGAIN)
    [new] = bench.file([second], made_audio["mp3"])
    assert has_album(gains_of(bench, old))
    assert has_album(gains_of(bench, new))


def test_an_album_does_not_wait_for_ever_for_a_failed_track(
    bench: StagedLibrary, made_audio: dict[str, Path]
) -> None:
    placements = make_placements("One", "Two")
    first, second = (bench.download(one, made_audio["m4a"]) for one in placements)
    bench.run(bench.run_until(Stage.REPLAYGAIN))
    assert not has_album(gains_of(bench, first))
    tidied = [tidy(bench.queue, bench.catalog, bench.database, bench.settings)]
    with bench.database.begin() as tx:
        bench.queue.by_hand.cancel_tracks(tx, [second], "test")
        bench.catalog.tracks.fail(tx, second, "nothing was found")
    for _ in range(2):
        tidied.append(tidy(bench.queue, bench.catalog, bench.database, bench.settings))
    assert [done["albums queued for their gain"] for done in tidied] == [0, 1, 0]
    assert bench.run(bench.claim(Stage.REPLAYGAIN)).fate is Fate.FINISHED
    assert has_album(gains_of(bench, first))


@ON_SQLITE
def test_a_file_that_cannot_be_measured_stays_in_the_library(
    bench: StagedLibrary, made_audio: dict[str, Path]
) -> None:
    placements = make_placements("One", "Two")
    bad, good = (bench.download(one, made_audio["ogg"]) for one in placements)
    items = [bench.run_until(Stage.REPLAYGAIN) for _ in placements]
    bench.path(bad).write_bytes(b"<html>not audio</html>")
    assert [bench.run(item).fate for item in items] == [Fate.FAILED, Fate.FINISHED]
    assert bench.status(bad) is TrackStatus.IN_LIBRARY
    assert bench.path(bad).read_bytes() == b"<html>not audio</html>"
    assert has_album(read_gain(bench.path(good))), "one bad file is all the album's misfortune"
    done = tidy(bench.queue, bench.catalog, bench.database, bench.settings)
    assert done["albums queued for their gain"] == 0


@ON_SQLITE
@pytest.mark.parametrize("moment", ["shanty.files.atomic.fsync_file", "pathlib.Path.replace"])
def test_a_crash_in_mid_write_is_made_good(
    bench: StagedLibrary,
    made_audio: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
) -> None:
    track_id = bench.download(*make_placements("One"), made_audio["flac"])
    item = bench.run_until(Stage.REPLAYGAIN)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(moment, die)
        with pytest.raises(KeyboardInterrupt):
            bench.run(item)
    assert read_gain(bench.path(track_id)) == {}
    assert bench.run(item).fate is Fate.FINISHED
    assert has_album(gains_of(bench, track_id))
