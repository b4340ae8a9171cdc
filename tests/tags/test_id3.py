"""The versions of ID3."""

from __future__ import annotations

import shutil
from pathlib import Path

import mutagen
import pytest
from mutagen.id3 import COMM, ID3, POPM, TCON, TDRL, TIPL, TIT2, TMOO, TXXX

from shanty.tags.covers import Cover
from shanty.tags.style import Foreign, TagStyle
from shanty.tags.tagging import TagSet, find_format, read_cover, read_tags, write_tags
from tests.world.tag_readers import assert_read_by_ffmpeg, assert_read_by_mutagen, raw_tags
from tests.world.tag_samples import FULL, HOSTILE, png


def test_id3v23_becomes_id3v24_and_id3v1_is_not_left_behind(
    made_audio: dict[str, Path], tmp_path: Path
) -> None:
    path = Path(shutil.copy(made_audio["mp3"], tmp_path))
    id3 = ID3()
    id3.add(TIT2(encoding=1, text=["Old"]))
    id3.add(TCON(encoding=1, text=["Jazz"]))
    id3.add(COMM(encoding=1, lang="eng", desc="", text=["mine"]))
    id3.save(path, v1=2, v2_version=3)
    assert path.read_bytes()[-128:-125] == b"TAG"
    assert write_tags(path, TagSet(title="Old")) is True  # the version alone is a reason
    assert write_tags(path, TagSet(title="New")) is True
    assert mutagen.File(path).tags.version == (2, 4, 0)
    assert path.read_bytes()[-125:-122] == b"New"
    assert mutagen.File(path).tags["TCON"].text == ["Jazz"]


OLD = TagStyle(id3_version=3)


@pytest.fixture
def mp3(made_audio: dict[str, Path], tmp_path: Path) -> Path:
    return Path(shutil.copy(made_audio["mp3"], tmp_path / "song.mp3"))


def test_id3v23_holds_everything_that_it_can(mp3: Path) -> None:
    cover = Cover("image/png", png())
    style = TagStyle(3, Foreign.DROP_ALL)
    assert write_tags(mp3, FULL, cover=cover, style=style) is True
    assert_read_by_mutagen(mp3, id3_version=3, is_all=True)
    assert_read_by_ffmpeg(mp3, id3_version=3)
    assert read_cover(mp3) == cover
    data = mp3.read_bytes()
    assert data[:4] == b"ID3\x03"
    assert "Höchst – Größe".encode("utf-16") in data, "2.3 knows no UTF-8"
    assert "Höchst – Größe".encode() not in data
    assert write_tags(mp3, FULL, cover=cover, style=style) is False
    assert mp3.read_bytes() == data


@pytest.mark.parametrize(
    ("date", "original", "kept"),
    [
        ("2001-02-03", "1999-04-05", ("2001-02-03", "1999")),
        ("2001-02", "1999-04", ("2001", "1999")),
        ("2001", "", ("2001", "")),
        ("", "", ("", "")),
    ],
)
def test_dates_of_id3v23(date: str, original: str, kept: tuple[str, str], mp3: Path) -> None:
    tags = TagSet(title="T", date=date, original_date=original)
    assert write_tags(mp3, tags, style=OLD) is True
    found = read_tags(mp3)
    assert (found.date, found.original_date) == kept
    assert write_tags(mp3, tags, style=OLD) is False


def test_frames_of_version_24_that_a_person_has_set_stay_in_23(mp3: Path) -> None:
    write_tags(mp3, FULL)
    audio = mutagen.File(mp3)
    audio.tags.add(TMOO(encoding=3, text=["calm"]))
    audio.tags.add(TDRL(encoding=3, text=["2003"]))
    audio.tags.add(POPM(email="me", rating=7, count=3))
    audio.tags.add(TIPL(encoding=3, people=[["producer", "Mack"]]))
    audio.save()
    for style in (OLD, TagStyle(), OLD):
        assert write_tags(mp3, FULL, style=style) is True, "the version alone is a reason"
        frames = mutagen.File(mp3).tags
        assert frames.version == (2, style.id3_version, 0)
        assert (str(frames["TMOO"]), str(frames["TDRL"])) == ("calm", "2003")
        assert frames["POPM:me"].rating == 7
        assert frames["TIPL"].people == [["producer", "Mack"]]
        assert write_tags(mp3, FULL, style=style) is False


def test_a_slash_in_a_name_is_no_separator(mp3: Path) -> None:
    tags = TagSet(artist="AC/DC", artists=("AC/DC",), labels=("A", "B"))
    write_tags(mp3, tags, style=OLD)
    found = read_tags(mp3)
    assert (found.artist, found.artists, found.labels) == ("AC/DC", ("AC/DC",), ("A/B",))
    assert raw_tags(mp3)["TXXX:ARTISTS"] == ["AC/DC"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_values_in_id3v23(text: str, mp3: Path) -> None:
    tags = TagSet(title=text, artists=(text, "B"), album=text, recording_mbid=text, isrcs=(text,))
    write_tags(mp3, tags, style=OLD)
    assert read_tags(mp3).title == tags.title
    assert read_tags(mp3).artists == (f"{tags.artists[0]}/B",)
    assert write_tags(mp3, tags, style=OLD) is False


@pytest.mark.parametrize("version", [3, 4])
def test_a_change_of_one_tag_keeps_the_version(version: int, mp3: Path) -> None:
    """Extras do this: they set tags of their own and leave ours alone."""
    style = TagStyle(version)
    write_tags(mp3, FULL, style=style)
    audio = mutagen.File(mp3)
    form = find_format(audio)
    assert form is not None
    before = form.snapshot(audio)
    audio.tags.add(TXXX(encoding=3, desc="REPLAYGAIN_TRACK_GAIN", text=["-7.50 dB"]))
    assert form.snapshot(audio) != before
    form.save(audio, mp3)
    assert mutagen.File(mp3).tags.version == (2, version, 0)
    assert write_tags(mp3, FULL, style=style) is False
