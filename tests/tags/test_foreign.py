"""Tags that our mapping does not have: whose they are decides whether they stay."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import mediafile
import mutagen
import pytest
from mutagen.apev2 import BINARY, APEv2, APEValue
from mutagen.flac import FLAC, VCFLACDict
from mutagen.id3 import APIC, COMM, ID3, PCNT, POPM, TXXX
from mutagen.mp4 import MP4FreeForm

from shanty.tags.covers import Cover
from shanty.tags.style import Foreign, TagStyle
from shanty.tags.tagging import write_tags
from tests.world.audio_files import make_audio
from tests.world.tag_readers import (
    assert_read_by_ffmpeg,
    assert_read_by_mediafile,
    expected_raw_tags,
    raw_tags,
    shown_by_ffmpeg,
)
from tests.world.tag_samples import FULL, png


def test_what_a_person_has_set_stays(audio_file: Path) -> None:
    media = mediafile.MediaFile(audio_file)
    media.genres, media.comments, media.composer, media.bpm = ["Rock", "Pop"], "mine", "Me", 120
    media.rg_track_gain, media.lyrics = -7.5, "la la"
    media.save()
    assert write_tags(audio_file, FULL) is True
    media = mediafile.MediaFile(audio_file)
    assert (media.genres, media.comments, media.composer) == (["Rock", "Pop"], "mine", "Me")
    assert (media.bpm, media.rg_track_gain, media.lyrics) == (120, -7.5, "la la")


def test_other_spellings_of_our_tags_do_not_contradict_them(
    made_audio: dict[str, Path], tmp_path: Path
) -> None:
    flac = Path(shutil.copy(made_audio["flac"], tmp_path))
    audio = mutagen.File(flac)
    for key in ("TRACK", "DISC", "TRACKC", "ALBUM ARTIST", "YEAR", "PUBLISHER"):
        audio[key] = ["99"]
    audio.save()
    mp3 = Path(shutil.copy(made_audio["mp3"], tmp_path))
    id3 = ID3()
    id3.add(TXXX(encoding=3, desc="musicbrainz artist id", text=["stale"]))
    id3.add(TXXX(encoding=3, desc="Mine", text=["kept"]))
    id3.save(mp3)
    m4a = Path(shutil.copy(made_audio["m4a"], tmp_path))
    audio = mutagen.File(m4a)
    audio["----:com.apple.iTunes:Label"] = [MP4FreeForm(b"stale")]
    audio["----:com.apple.iTunes:Mine"] = [MP4FreeForm(b"kept")]
    audio.save()
    for path in (flac, mp3, m4a):
        write_tags(path, FULL)
        assert_read_by_mediafile(path, FULL)
    assert mutagen.File(mp3).tags["TXXX:Mine"].text == ["kept"]
    assert mutagen.File(m4a).tags["----:com.apple.iTunes:Mine"] == [b"kept"]
    assert "----:com.apple.iTunes:Label" not in mutagen.File(m4a).tags


def set_as_a_person(path: Path) -> None:
    """Set tags that people and their players set, and values that a player has measured."""
    media = mediafile.MediaFile(path)
    media.genres, media.comments, media.bpm, media.lyrics = ["Rock"], "mine", 120, "la la"
    media.rg_track_gain = -7.5
    media.save()
    audio = mutagen.File(path)
    if path.suffix == ".mp3":
        audio.tags.add(POPM(email="me@example.org", rating=196, count=12))
        audio.tags.add(PCNT(count=12))
        audio.tags.add(TXXX(encoding=3, desc="OCCASION", text=["Sunday"]))
        audio.tags.add(COMM(encoding=3, lang="eng", desc="iTunSMPB", text=[" 00000000 00000210"]))
        audio.tags.add(APIC(encoding=3, mime="image/png", type=4, desc="", data=png(colour=7)))
    elif path.suffix == ".m4a":
        audio["rate"] = ["80"]
        audio["----:com.apple.iTunes:OCCASION"] = [MP4FreeForm(b"Sunday")]
        audio["----:com.apple.iTunes:iTunSMPB"] = [MP4FreeForm(b" 00000000 00000210")]
    else:
        audio["RATING"], audio["OCCASION"], audio["ITUNSMPB"] = ["80"], ["Sunday"], [" 0000"]
    audio.save()


def foreign_of(path: Path) -> dict[str, Any]:
    """Return the tags that our mapping does not have, with ID3 frames that hold no text."""
    ours = set(expected_raw_tags(path))
    others = {key: value for key, value in raw_tags(path).items() if key not in ours}
    if path.suffix == ".mp3":
        frames = mutagen.File(path).tags
        kinds = ("POPM", "PCNT", "APIC")
        others |= {key: repr(f) for key, f in frames.items() if f.FrameID in kinds}
    return others


def test_every_tag_that_a_person_has_set_stays_as_it_is(audio_file: Path) -> None:
    set_as_a_person(audio_file)
    before = foreign_of(audio_file)
    assert len(before) >= 8
    assert write_tags(audio_file, FULL, style=TagStyle()) is True
    assert foreign_of(audio_file) == before


def test_a_setting_drops_foreign_tags_but_keeps_those_of_extras(audio_file: Path) -> None:
    set_as_a_person(audio_file)
    front = Cover("image/png", png(), 1, 1)
    write_tags(audio_file, FULL, cover=front)
    style = TagStyle(foreign=Foreign.DROP)
    assert write_tags(audio_file, FULL, style=style) is True
    left = mediafile.MediaFile(audio_file)
    assert (left.genres, left.comments, left.bpm) == (None, None, None)
    assert (left.rg_track_gain, left.lyrics) == (-7.5, "la la")
    assert not [key for key in foreign_of(audio_file) if "OCCASION" in key.upper()]
    assert [key for key in foreign_of(audio_file) if "ITUNSMPB" in key.upper()]
    assert [image.data for image in left.images] == [front.data]
    before = audio_file.read_bytes()
    assert write_tags(audio_file, FULL, style=style) is False
    assert audio_file.read_bytes() == before


def test_a_fresh_download_loses_all_tags_of_its_site(
    made_audio: dict[str, Path], audio_file: Path
) -> None:
    """yt-dlp and ffmpeg leave addresses, descriptions, an encoder, a thumbnail."""
    junk = ("comment=https://a.example/watch?v=1", "purl=https://a.example", "synopsis=long text")
    junk += (
        "description=subscribe!",
        "title=Song (Official Video)",
        "artist=SongVEVO",
        "date=20200101",
    )
    extra = [part for pair in junk for part in ("-metadata", pair, "-metadata:s:a:0", pair)]
    make_audio(audio_file, extra=tuple(extra))
    write_tags(audio_file, FULL, cover=Cover("image/png", png(colour=3)))
    set_as_a_person(audio_file)
    style = TagStyle(foreign=Foreign.DROP_ALL)
    assert write_tags(audio_file, FULL, style=style) is True
    assert [key for key in foreign_of(audio_file) if "ITUNSMPB" not in key.upper()] == []
    assert len(foreign_of(audio_file)) == 1, "where the sound begins is not the site's"
    assert not mediafile.MediaFile(audio_file).images
    before = audio_file.read_bytes()
    assert write_tags(audio_file, FULL, style=style) is False
    assert audio_file.read_bytes() == before


@pytest.mark.parametrize(
    ("foreign", "left"),
    [
        (Foreign.KEEP, ["Artist", "Cover Art (Front)", "MP3GAIN_UNDO", "REPLAYGAIN_TRACK_GAIN"]),
        (Foreign.DROP, ["REPLAYGAIN_TRACK_GAIN"]),
        (Foreign.DROP_ALL, []),
    ],
)
def test_an_ape_tag_does_not_contradict_ours_where_foreign_ones_are_dropped(
    foreign: Foreign, left: list[str], made_audio: dict[str, Path], tmp_path: Path
) -> None:
    path = tmp_path / "song.mp3"
    make_audio(path, extra=("-write_xing", "0"))  # then its size says how long it is
    sound = path.read_bytes()
    write_tags(path, FULL)
    ape = APEv2()
    ape["Artist"], ape["Cover Art (Front)"] = "somebody else", APEValue(bytes(50_000), BINARY)
    ape["REPLAYGAIN_TRACK_GAIN"], ape["MP3GAIN_UNDO"] = "-7.50 dB", "+001,+001,N"
    ape.save(path)
    style = TagStyle(foreign=foreign)
    assert write_tags(path, FULL, style=style) is (foreign is not Foreign.KEEP)
    assert sorted(APEv2(path) if left else ()) == left
    assert (b"APETAGEX" in path.read_bytes()) is bool(left)
    assert sound[-2000:] in path.read_bytes()
    assert_read_by_ffmpeg(path)
    assert write_tags(path, FULL, style=style) is False


def test_a_second_block_of_comments_in_a_flac_file_goes(
    made_audio: dict[str, Path], tmp_path: Path
) -> None:
    """Such files are not allowed but exist. Players show a mixture of both blocks."""
    path = Path(shutil.copy(made_audio["flac"], tmp_path))
    write_tags(path, FULL)
    audio = FLAC(path)
    second = VCFLACDict()
    second["ARTIST"] = ["somebody else"]
    audio.metadata_blocks.append(second)
    audio.save()
    assert "somebody else" in shown_by_ffmpeg(path)["artist"]
    assert write_tags(path, FULL) is True
    assert_read_by_ffmpeg(path)
    assert write_tags(path, FULL) is False
