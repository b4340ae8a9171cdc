"""Loudness against signals of known level and ffmpeg's own judges, its tags, and albums."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mediafile
import mutagen
import pytest

from shanty.config import Settings, load_settings
from shanty.db import Database
from shanty.demo.world import World
from shanty.errors import PermanentError
from shanty.library.audio import checksum
from shanty.library.gain_tags import read_gain, write_gain
from shanty.library.tags import build_tags, read_tags, write_tags
from shanty.loudness import Gain, Loudness, find_gain, integrate
from shanty.models import Stage, Status, TrackStatus
from shanty.providers.ffmpeg import find_ffmpeg, measure_loudness
from shanty.stages import load_stages
from shanty.stages.execution import Fate
from shanty.upkeep import tidy
from tests.audio_files import FORMATS, made_audio
from tests.test_stages import Bench, switch_on

__all__ = ["made_audio"]

# Two seconds loud, one far below, two in between: only the gates make the right number of it.
UNEVEN = "0.5*sin(2*PI*997*t)*if(lt(t,2),1,if(lt(t,3),0.003,0.3))"


def render(path: Path, expression: str, seconds: float, *codec: str) -> Path:
    """Stereo sound that is the same in both channels."""
    source = f"aevalsrc='{expression}|{expression}':s=48000:d={seconds}"
    command = [str(find_ffmpeg()), "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", source]
    subprocess.run([*command, *codec, str(path)], check=True, timeout=60)
    return path


def judge(*paths: Path, by: str) -> str:
    """What a filter of ffmpeg says of files, one after the other."""
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
    """BS.1770: 997 Hz in both channels is as many LUFS as its peak is dB below full scale."""
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
        integrated(judge(path, by="ebur128=framelog=quiet")), abs=0.1
    )
    [loudest] = re.findall(r"max_volume: (-?[\d.]+) dB", judge(path, by="volumedetect"))
    assert 20 * math.log10(gain.peak) == pytest.approx(float(loudest), abs=0.2)
    told = judge(path, by="replaygain")
    [peak] = re.findall(r"track_peak = ([\d.]+)", told)
    assert gain.peak == pytest.approx(float(peak), abs=0.01)
    # The first ReplayGain weighs otherwise, and has no gates: it is near, not equal.
    [older] = re.findall(r"track_gain = ([+-][\d.]+) dB", told)
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
        integrated(judge(loud, low, uneven, by="ebur128=framelog=quiet")), abs=0.2
    )
    alone = [one.gain_db for one in (find_gain([m]) for m in measures) if one is not None]
    assert album.gain_db != pytest.approx(sum(alone) / len(alone), abs=2), "a mean of the gains"
    assert album.peak == max(one.peak for one in measures)


def test_silence_and_what_is_too_short_have_no_gain(tmp_path: Path) -> None:
    for expression, seconds in (("0", 2), ("0.5*sin(2*PI*997*t)", 0.2)):
        measured = measure_loudness(render(tmp_path / "x.flac", expression, seconds))
        assert find_gain([measured]) is None
        loud = Loudness.of([-10.0], 0.5)
        assert find_gain([measured, loud]) == Gain(-8.0, max(0.5, measured.peak))


def test_a_measure_is_kept_whole() -> None:
    measured = Loudness.of([-69.99, -70.0, -120.7, -14.123, 3.0, *[-9.5] * 40_000], 1.25)
    assert Loudness.unpack(measured.pack(), measured.peak) == measured
    assert measured.blocks[:2] == (-6999, -1412)
    assert len(measured.pack()) < 1000
    assert integrate(Loudness.of([-10.0] * 10 + [-24.0] * 10, 1).blocks) == pytest.approx(-10.0)


GAINS = {"TRACK": Gain(-6.543, 0.98765), "ALBUM": Gain(2.5, 1.1)}


@pytest.mark.parametrize("suffix", FORMATS)
def test_gain_tags_read_back_and_disturb_nothing(
    made_audio: dict[str, Path], tmp_path: Path, world: World, suffix: str
) -> None:
    path = Path(shutil.copy(made_audio[suffix], tmp_path))
    tags = build_tags(world.expected(world.recordings[0]))
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
    """The first page's checksum made right again."""
    size = 27 + data[26] + sum(data[27 : 27 + data[26]])
    page = bytes(data[:22]) + bytes(4) + bytes(data[26:size])
    data[22:26] = _crc(page).to_bytes(4, "little")
    return bytes(data)


def _crc(page: bytes) -> int:
    """RFC 3533's: the polynomial 0x04c11db7, neither reflected nor inverted."""
    value = 0
    for byte in page:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ 0x04C11DB7 if value & 0x80000000 else value << 1) & 0xFFFFFFFF
    return value


@pytest.mark.parametrize("junk", [b"", b"<html>", b"fLaC" + bytes(60)])
def test_what_is_no_audio_is_refused_and_left(tmp_path: Path, junk: bytes) -> None:
    path = tmp_path / "x.flac"
    path.write_bytes(junk)
    with pytest.raises(PermanentError):
        write_gain(path, GAINS)
    assert path.read_bytes() == junk


# --- the stage -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(24, tmp_path_factory.getbasetemp() / "audio") as made, made.activated():
        yield made


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "library").mkdir()
    return load_settings(home=tmp_path / "home", library={"path": tmp_path / "library"})


@pytest.fixture
def bench(world: World, database: Database, settings: Settings) -> Bench:
    return Bench(world, database, switch_on(settings, Stage.REPLAYGAIN))


def album_of(world: World, count: int) -> list[int]:
    """The numbers of recordings that are on one release."""
    by_release: dict[str, list[int]] = {}
    for number, mbid in enumerate(world.recordings):
        by_release.setdefault(world.expected(mbid).release.mbid, []).append(number)
    return next(numbers for numbers in by_release.values() if len(numbers) >= count)[:count]


def gains_of(bench: Bench, track_id: int) -> dict[str, str]:
    file = bench.catalog.file_of(track_id)
    assert file is not None
    assert file.checksum == checksum(file.path), "the catalogue has another checksum"
    return read_gain(file.path)


def has_album(gains: dict[str, str]) -> bool:
    return any("ALBUM" in name for name in gains)


def test_the_last_track_gives_the_album_its_gain(bench: Bench) -> None:
    first, second, third = (bench.want(number) for number in album_of(bench.world, 3))
    for track_id in (first, second):
        assert "waits for" in bench.run(bench.run_until(Stage.REPLAYGAIN)).message
        gains = gains_of(bench, track_id)
        assert gains
        assert not has_album(gains)
    outcome = bench.run(bench.run_until(Stage.REPLAYGAIN))
    assert outcome.fate is Fate.FINISHED
    assert outcome.message.endswith("the album has its gain")
    found = [gains_of(bench, track_id) for track_id in (first, second, third)]
    assert all(has_album(gains) for gains in found)
    files = [bench.catalog.file_of(track_id) for track_id in (first, second, third)]
    album = find_gain(measure_loudness(file.path) for file in files if file is not None)
    assert album is not None
    told = {gains.get("R128_ALBUM_GAIN", gains.get("REPLAYGAIN_ALBUM_GAIN")) for gains in found}
    spelled = {f"{album.gain_db:.2f} dB", str(round((album.gain_db - 5) * 256))}
    assert told <= spelled
    before = {path: path.stat().st_mtime_ns for path in bench.library_files()}
    with bench.database.begin() as tx:
        bench.queue.enqueue(tx, first, Stage.REPLAYGAIN, priority=0)
    assert bench.run(bench.claim(Stage.REPLAYGAIN)).fate is Fate.FINISHED
    assert {path: path.stat().st_mtime_ns for path in bench.library_files()} == before


def test_two_that_end_at_once_leave_nothing_out(bench: Bench) -> None:
    ids = [bench.want(number) for number in album_of(bench.world, 4)]
    items = [bench.run_until(Stage.REPLAYGAIN) for _ in ids]
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(bench.run, items))
    assert {outcome.fate for outcome in outcomes} == {Fate.FINISHED}
    for track_id in ids:
        gains = gains_of(bench, track_id)
        assert has_album(gains), outcomes
        assert any("TRACK" in name for name in gains)
        file = bench.catalog.file_of(track_id)
        assert file is not None
        assert read_tags(file.path) == build_tags(bench.catalog.get_placement(track_id))


def test_what_was_filed_before_is_measured_with_the_rest(
    world: World, database: Database, settings: Settings
) -> None:
    """Switched on in the middle of an album: the others are not left without."""
    numbers = album_of(world, 2)
    before = Bench(world, database, settings)
    old = before.want(numbers[0])
    assert before.run_to_the_end().fate is Fate.FINISHED
    after = Bench(world, database, switch_on(settings, Stage.REPLAYGAIN))
    new = after.want(numbers[1])
    assert after.run(after.run_until(Stage.REPLAYGAIN)).fate is Fate.FINISHED
    assert has_album(gains_of(after, old))
    assert has_album(gains_of(after, new))


def test_an_album_does_not_wait_for_ever_for_what_failed(bench: Bench) -> None:
    first, second = (bench.want(number) for number in album_of(bench.world, 2))
    bench.run(bench.run_until(Stage.REPLAYGAIN))
    assert not has_album(gains_of(bench, first))
    tidied = [tidy(bench.queue, bench.catalog, bench.database, bench.services.settings)]
    with bench.database.begin() as tx:
        bench.queue.cancel_tracks(tx, [second], "test")
        bench.catalog.fail_track(tx, second, "nothing was found")
    for _ in range(2):
        tidied.append(tidy(bench.queue, bench.catalog, bench.database, bench.services.settings))
    assert [done["albums queued for their gain"] for done in tidied] == [0, 1, 0]
    assert bench.run(bench.claim(Stage.REPLAYGAIN)).fate is Fate.FINISHED
    assert has_album(gains_of(bench, first))


def test_a_file_that_cannot_be_measured_stays_in_the_library(bench: Bench) -> None:
    track_id = bench.want(album_of(bench.world, 1)[0])
    item = bench.run_until(Stage.REPLAYGAIN)
    file = bench.catalog.file_of(track_id)
    assert file is not None
    file.path.write_bytes(b"<html>not audio</html>")
    outcome = bench.run(item)
    assert outcome.fate is Fate.FAILED
    assert bench.status(track_id) is TrackStatus.IN_LIBRARY
    assert file.path.exists()
    done = tidy(bench.queue, bench.catalog, bench.database, bench.services.settings)
    assert done["albums queued for their gain"] == 0


def test_a_crash_before_the_swap_is_made_good(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    track_id = bench.want(album_of(bench.world, 1)[0])
    item = bench.run_until(Stage.REPLAYGAIN)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("shanty.library.tag_edit.fsync_folder", die)
        patch.setattr(Path, "replace", die)
        with pytest.raises(KeyboardInterrupt):
            load_stages()[Stage.REPLAYGAIN](item, bench.services)
    assert bench.queue.get(item.id).status is Status.ACTIVE
    assert bench.run(item).fate is Fate.FINISHED
    assert has_album(gains_of(bench, track_id))
