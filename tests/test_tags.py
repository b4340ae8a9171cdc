from __future__ import annotations

import base64
import dataclasses
import os
import shutil
import struct
import subprocess
import sys
import textwrap
import zlib
from pathlib import Path
from typing import Any

import mediafile
import mutagen
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutagen.flac import Picture
from mutagen.id3 import APIC, COMM, ID3, TCON, TIT2, TXXX
from mutagen.mp4 import MP4Cover, MP4FreeForm

from shanty.errors import BadCandidateError, PermanentError, TransientError, WaitError
from shanty.library import atomic
from shanty.library import tags as tags_module
from shanty.library.audio import read_properties
from shanty.library.covers import MAX_BYTES, Cover
from shanty.library.tag_mapping import TEXT_TAGS
from shanty.library.tags import (
    TagSet,
    build_tags,
    read_cover,
    read_recording_mbid,
    read_tags,
    write_tags,
)
from shanty.library.tagset import VARIOUS_ARTISTS_MBID
from shanty.models import (
    Artist,
    ArtistCredit,
    CreditedArtist,
    Medium,
    Placement,
    Recording,
    Release,
    ReleaseGroup,
    Track,
)
from tests.audio_files import FORMATS, collected_audio, fixtures_dir, made_audio, make_audio

__all__ = ["made_audio"]


def mbid(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-000000000000"


FULL = TagSet(
    title="Für Elise / Part 1",
    artist="Queen & David Bowie",
    artists=("Queen", "David Bowie"),
    artist_sort="Queen & Bowie, David",
    album="Höchst – Größe",
    album_artist="Various Artists",
    album_artist_sort="Artists, Various",
    date="2001-02-03",
    original_date="1999-04",
    track_number=3,
    track_total=12,
    disc_number=2,
    disc_total=3,
    disc_subtitle="The second half",
    media='12" Vinyl',
    label="EMI",
    catalog_number="EMI 5301",
    barcode="0077774620451",
    isrcs=("GBUM71029601", "USABC1234567"),
    release_types=("album", "compilation"),
    release_status="official",
    release_country="GB",
    is_compilation=True,
    recording_mbid=mbid(1),
    track_mbid=mbid(2),
    release_mbid=mbid(3),
    release_group_mbid=mbid(4),
    artist_mbids=(mbid(5), mbid(6)),
    album_artist_mbids=(mbid(7), mbid(8)),
)

# Our field -> the mediafile package's.
MEDIAFILE_FIELDS = {
    "title": "title",
    "artist": "artist",
    "artists": "artists",
    "artist_sort": "artist_sort",
    "album": "album",
    "album_artist": "albumartist",
    "album_artist_sort": "albumartist_sort",
    "track_number": "track",
    "track_total": "tracktotal",
    "disc_number": "disc",
    "disc_total": "disctotal",
    "disc_subtitle": "disctitle",
    "media": "media",
    "label": "label",
    "catalog_number": "catalognum",
    "barcode": "barcode",
    "isrcs": "isrc",
    "release_types": "albumtypes",
    "release_status": "albumstatus",
    "release_country": "country",
    "is_compilation": "comp",
    "recording_mbid": "mb_trackid",
    "track_mbid": "mb_releasetrackid",
    "release_mbid": "mb_albumid",
    "release_group_mbid": "mb_releasegroupid",
    "artist_mbids": "mb_artistids",
    "album_artist_mbids": "mb_albumartistids",
}


def png(width: int = 1, height: int = 1, colour: int = 0) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress((b"\0" + bytes([colour]) * width) * height)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


JPEG = b"\xff\xd8\xff\xe0" + b"not really, but it begins like one" * 20


@pytest.fixture(params=FORMATS)
def audio_file(request: pytest.FixtureRequest, made_audio: dict[str, Path], tmp_path: Path) -> Path:
    path = tmp_path / f"song.{request.param}"
    shutil.copy(made_audio[request.param], path)
    return path


def assert_read_by_mediafile(path: Path, tags: TagSet) -> None:
    media = mediafile.MediaFile(path)
    for ours, theirs in MEDIAFILE_FIELDS.items():
        wanted: Any = getattr(tags, ours)
        if ours == "isrcs":
            wanted = wanted[0]  # mediafile keeps one
        wanted = list(wanted) if isinstance(wanted, tuple) else wanted
        found = getattr(media, theirs)
        found = found.decode() if isinstance(found, bytes) else found
        assert found == wanted, (path.name, ours)
    assert (media.year, media.month, media.day) == (2001, 2, 3)
    assert (media.original_year, media.original_month) == (1999, 4)


def assert_only_file_in_folder(path: Path) -> None:
    assert [each.name for each in path.parent.iterdir()] == [path.name]


# Reading back


def test_written_tags_read_back_equal(audio_file: Path) -> None:
    assert all(getattr(FULL, field.name) for field in dataclasses.fields(FULL))
    before = read_properties(audio_file)
    assert write_tags(audio_file, FULL) is True
    assert read_tags(audio_file) == FULL
    assert read_recording_mbid(audio_file) == FULL.recording_mbid
    assert_read_by_mediafile(audio_file, FULL)
    assert read_properties(audio_file).duration_seconds == pytest.approx(before.duration_seconds)
    assert_only_file_in_folder(audio_file)


def test_every_key_is_the_one_of_picard(made_audio: dict[str, Path], tmp_path: Path) -> None:
    files = {name: Path(shutil.copy(path, tmp_path)) for name, path in made_audio.items()}
    for path in files.values():
        write_tags(path, FULL)
    ape, audio = "----:com.apple.iTunes:", {n: mutagen.File(p).tags for n, p in files.items()}

    id3 = audio["mp3"]
    assert id3.version == (2, 4, 0)
    assert id3["UFID:http://musicbrainz.org"].data == mbid(1).encode()
    assert id3["TXXX:MusicBrainz Release Track Id"].text == [mbid(2)]
    assert id3["TXXX:MusicBrainz Album Id"].text == [mbid(3)]
    assert id3["TXXX:MusicBrainz Release Group Id"].text == [mbid(4)]
    assert id3["TXXX:MusicBrainz Artist Id"].text == [mbid(5), mbid(6)]
    assert id3["TXXX:MusicBrainz Album Artist Id"].text == [mbid(7), mbid(8)]
    assert id3["TXXX:MusicBrainz Album Type"].text == ["album", "compilation"]
    assert id3["TXXX:MusicBrainz Album Status"].text == ["official"]
    assert id3["TXXX:MusicBrainz Album Release Country"].text == ["GB"]
    assert id3["TXXX:ARTISTS"].text == ["Queen", "David Bowie"]
    assert id3["TSRC"].text == ["GBUM71029601", "USABC1234567"]
    assert (id3["TRCK"].text, id3["TPOS"].text) == (["3/12"], ["2/3"])
    assert (str(id3["TDRC"].text[0]), str(id3["TDOR"].text[0])) == ("2001-02-03", "1999-04")
    for frame in ["TIT2", "TPE1", "TALB", "TPE2", "TSOP", "TSO2", "TCMP", "TPUB", "TMED", "TSST"]:
        assert len(id3[frame].text) == 1
    assert {"TXXX:BARCODE", "TXXX:CATALOGNUMBER"} <= set(id3)

    for name in ("flac", "ogg", "opus"):
        comments = {key.upper(): list(audio[name][key]) for key in audio[name].keys()}  # noqa: SIM118
        for key in ("TRACKTOTAL", "TOTALTRACKS"):
            assert comments[key] == ["12"]
        for key in ("DISCTOTAL", "TOTALDISCS"):
            assert comments[key] == ["3"]
        assert comments["TRACKNUMBER"] == ["3"]
        assert comments["DISCNUMBER"] == ["2"]
        assert comments["COMPILATION"] == ["1"]
        assert comments["MUSICBRAINZ_TRACKID"] == [mbid(1)]
        assert comments["MUSICBRAINZ_RELEASETRACKID"] == [mbid(2)]
        assert comments["MUSICBRAINZ_ARTISTID"] == [mbid(5), mbid(6)]
        assert comments["RELEASETYPE"] == ["album", "compilation"]
        assert {tag.vorbis for tag in TEXT_TAGS} <= set(comments)

    mp4 = audio["m4a"]
    assert (mp4["trkn"], mp4["disk"], mp4["cpil"]) == ([(3, 12)], [(2, 3)], True)
    assert mp4[ape + "MusicBrainz Track Id"] == [mbid(1).encode()]
    assert mp4[ape + "MusicBrainz Release Track Id"] == [mbid(2).encode()]
    assert mp4[ape + "MusicBrainz Artist Id"] == [mbid(5).encode(), mbid(6).encode()]
    assert mp4[ape + "ISRC"] == [b"GBUM71029601", b"USABC1234567"]
    assert mp4[ape + "originaldate"] == [b"1999-04"]
    for key in ("\xa9nam", "\xa9ART", "\xa9alb", "aART", "\xa9day", "soar", "soaa"):
        assert len(mp4[key]) == 1
    for key in ("ARTISTS", "BARCODE", "LABEL", "CATALOGNUMBER", "MEDIA", "DISCSUBTITLE"):
        assert ape + key in mp4


def test_an_untagged_file_reads_as_nothing(audio_file: Path) -> None:
    assert read_tags(audio_file) == TagSet()
    assert read_recording_mbid(audio_file) is None


def test_what_is_not_audio_has_no_recording(tmp_path: Path) -> None:
    (tmp_path / "x.mp3").write_text("a text")
    assert read_recording_mbid(tmp_path / "x.mp3") is None
    with pytest.raises(TransientError):
        read_recording_mbid(tmp_path / "gone.mp3")


# Writing


def test_the_second_write_touches_nothing(audio_file: Path) -> None:
    cover = Cover("image/png", png())
    assert write_tags(audio_file, FULL, cover=cover) is True
    os.utime(audio_file, ns=(10**18, 10**18))
    before, stat = audio_file.read_bytes(), audio_file.stat()
    assert write_tags(audio_file, FULL, cover=cover) is False
    assert write_tags(audio_file, FULL) is False
    after = audio_file.stat()
    assert audio_file.read_bytes() == before
    assert (after.st_mtime_ns, after.st_ino) == (stat.st_mtime_ns, stat.st_ino)
    assert write_tags(audio_file, dataclasses.replace(FULL, title="other")) is True


def test_an_empty_field_removes_what_was_there(audio_file: Path) -> None:
    write_tags(audio_file, FULL)
    sparse = TagSet(title="T", track_number=1)
    assert write_tags(audio_file, sparse) is True
    assert read_tags(audio_file) == sparse
    assert mediafile.MediaFile(audio_file).mb_albumid is None
    assert mediafile.MediaFile(audio_file).original_year is None


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


def test_a_wrong_extension_does_not_matter(made_audio: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "song.mp3"
    shutil.copy(made_audio["flac"], path)
    assert write_tags(path, FULL, cover=Cover("image/png", png())) is True
    assert read_tags(path) == FULL
    assert path.read_bytes().startswith(b"fLaC")


def test_the_file_mode_and_a_link_to_the_file_survive(audio_file: Path) -> None:
    audio_file.chmod(0o640)
    link = audio_file.with_name("link")
    link.symlink_to(audio_file)
    assert write_tags(link, FULL) is True
    assert link.is_symlink()
    assert audio_file.stat().st_mode & 0o777 == 0o640
    assert read_tags(audio_file) == FULL


def test_a_format_without_a_writer_is_a_bad_candidate(tmp_path: Path) -> None:
    path = make_audio(tmp_path / "tone.wav")
    before = path.read_bytes()
    with pytest.raises(BadCandidateError, match="cannot tag"):
        write_tags(path, FULL)
    assert path.read_bytes() == before


# Hostile values

HOSTILE = [
    "nul\0inside",
    "\ud800lone",
    "x" * 4000,
    "👨‍👩‍👧‍👦🎵",
    "\u202eevil",
    "a\nb\r\nc",
    "  spaces  ",
    "a/b;c",
]


@pytest.mark.parametrize("text", [*HOSTILE, "\0"])
def test_hostile_values_neither_crash_nor_corrupt(text: str, audio_file: Path) -> None:
    tags = TagSet(
        title=text,
        artists=(text, "", "B"),
        album=text,
        date=text,
        recording_mbid=text,
        isrcs=(text, text),
        disc_subtitle=text,
    )
    before = read_properties(audio_file)
    write_tags(audio_file, tags)
    assert read_tags(audio_file) == tags
    assert "\0" not in read_tags(audio_file).title
    assert read_properties(audio_file).duration_seconds == pytest.approx(before.duration_seconds)
    assert write_tags(audio_file, tags) is False


@pytest.mark.parametrize("name", FORMATS)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    title=st.text(max_size=60),
    values=st.lists(st.text(max_size=20), max_size=4).map(tuple),
    number=st.none() | st.integers(-5, 70_000),
)
def test_any_text_reads_back_as_it_was_written(
    name: str,
    made_audio: dict[str, Path],
    tmp_path: Path,
    title: str,
    values: tuple[str, ...],
    number: int | None,
) -> None:
    path = tmp_path / f"song.{name}"
    shutil.copy(made_audio[name], path)
    tags = TagSet(
        title=title,
        label=title,
        artists=values,
        isrcs=values,
        track_number=number,
        track_total=number,
        disc_total=number,
    )
    write_tags(path, tags)
    assert read_tags(path) == tags


@pytest.mark.parametrize(
    ("given_date", "kept"),
    [
        ("1999", "1999"),
        ("1999-04", "1999-04"),
        ("1999-04-05", "1999-04-05"),
        ("1999-00-00", "1999"),
        ("1999-13-05", "1999"),
        ("1999-04-00", "1999-04"),
        ("????-04", ""),
        ("", ""),
    ],
)
def test_dates_are_kept_as_far_as_they_are_known(given_date: str, kept: str) -> None:
    assert TagSet(date=given_date).date == kept


# Covers


def test_a_cover_is_embedded_as_front(audio_file: Path) -> None:
    write_tags(audio_file, FULL, cover=Cover("image/jpeg", JPEG))
    assert read_cover(audio_file) == Cover("image/jpeg", JPEG)
    (image,) = mediafile.MediaFile(audio_file).images
    assert image.data == JPEG
    if audio_file.suffix != ".m4a":  # MP4 has no picture types
        assert image.type == mediafile.ImageType.front
    assert write_tags(audio_file, FULL, cover=Cover("image/png", png())) is True
    assert read_cover(audio_file) == Cover("image/png", png())
    assert len(mediafile.MediaFile(audio_file).images) == 1
    assert write_tags(audio_file, dataclasses.replace(FULL, title="x")) is True
    assert read_cover(audio_file) == Cover("image/png", png()), "no cover given: the old one stays"


def test_only_the_front_cover_is_replaced(made_audio: dict[str, Path], tmp_path: Path) -> None:
    back, files = png(colour=7), {n: Path(shutil.copy(p, tmp_path)) for n, p in made_audio.items()}
    id3 = ID3()
    id3.add(APIC(encoding=3, mime="image/png", type=4, desc="", data=back))
    id3.save(files["mp3"])
    picture = Picture()
    picture.type, picture.mime, picture.data = 4, "image/png", back
    flac = mutagen.File(files["flac"])
    flac.add_picture(picture)
    flac.save()
    for name in ("ogg", "opus"):
        audio = mutagen.File(files[name])
        audio["METADATA_BLOCK_PICTURE"] = [base64.b64encode(picture.write()).decode(), "%garbage"]
        audio["COVERART"] = [base64.b64encode(png(colour=9)).decode()]
        audio.save()
    mp4 = mutagen.File(files["m4a"])
    mp4["covr"] = [
        MP4Cover(png(colour=9), MP4Cover.FORMAT_PNG),
        MP4Cover(back, MP4Cover.FORMAT_PNG),
    ]
    mp4.save()
    for path in files.values():
        for data in (JPEG, JPEG + b"!"):
            assert write_tags(path, FULL, cover=Cover("image/jpeg", data)) is True
        assert write_tags(path, FULL, cover=Cover("image/jpeg", data)) is False
        assert read_cover(path) == Cover("image/jpeg", data)
    assert {f.data for f in ID3(files["mp3"]).getall("APIC")} == {back, data}
    assert {p.data for p in mutagen.File(files["flac"]).pictures} == {back, data}
    assert [bytes(p) for p in mutagen.File(files["m4a"])["covr"]] == [data, back]
    for name in ("ogg", "opus"):
        audio = mutagen.File(files[name])
        texts = audio["METADATA_BLOCK_PICTURE"]
        assert "%garbage" in texts
        assert {Picture(base64.b64decode(t)).data for t in texts if t[0] != "%"} == {back, data}
        assert "COVERART" not in audio


@pytest.mark.parametrize(
    ("mime", "data"),
    [
        ("image/gif", b"GIF89a"),
        ("image/webp", b"RIFF....WEBP"),
        ("", JPEG),
        ("image/png", JPEG),
        ("image/jpeg", b""),
        ("image/jpeg", b"<html>"),
    ],
)
def test_only_jpeg_and_png_are_covers(mime: str, data: bytes) -> None:
    with pytest.raises(PermanentError):
        Cover(mime, data)


def test_a_cover_fits_in_a_flac_block(made_audio: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="bytes"):
        Cover("image/jpeg", JPEG + bytes(MAX_BYTES))
    path = Path(shutil.copy(made_audio["flac"], tmp_path))
    largest = Cover("image/jpeg", JPEG + bytes(MAX_BYTES - len(JPEG)), 70_000, 70_000)
    assert write_tags(path, FULL, cover=largest) is True
    assert read_cover(path) == largest


@pytest.mark.skipif(fixtures_dir() is None, reason="no collected images on this machine")
def test_collected_images(audio_file: Path) -> None:
    folder = fixtures_dir()
    assert folder is not None
    mimes = {".jpg": "image/jpeg", ".png": "image/png"}
    for image in sorted((folder / "images").rglob("*.*")):
        mime = mimes.get(image.suffix, f"image/{image.suffix[1:]}")
        if image.suffix in mimes:
            cover = Cover(mime, image.read_bytes())
            write_tags(audio_file, FULL, cover=cover)
            assert read_cover(audio_file) == cover
        else:
            with pytest.raises(PermanentError):
                Cover(mime, image.read_bytes())


# Crashes and refusing disks

KILLED_WRITE = """
import os, sys
from pathlib import Path
from shanty.library import atomic, tags
from shanty.library.tags import TagSet

step, path = sys.argv[1], Path(sys.argv[2])

def die(*args, **kwargs):
    if step == "half save":
        copy = args[1]
        copy.write_bytes(copy.read_bytes()[:1000])
    os._exit(9)

if step == "copy":
    tags.shutil.copyfile = die
elif step == "half save":
    for form in set(tags._FORMATS.values()):
        form.save = die
elif step == "sync":
    tags.fsync_file = die
elif step == "replace":
    Path.replace = die
elif step == "replaced":
    tags.fsync_folder = die
tags.write_tags(path, TagSet(title="New", recording_mbid="x"))
os._exit(0)
"""


@pytest.mark.parametrize("step", ["copy", "half save", "sync", "replace", "replaced"])
def test_a_kill_in_the_middle_leaves_the_old_file_or_the_new_one(
    step: str, audio_file: Path
) -> None:
    write_tags(audio_file, TagSet(title="Old"))
    before = audio_file.read_bytes()
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(KILLED_WRITE), step, str(audio_file)], timeout=60
    )
    assert done.returncode == 9
    if step == "replaced":
        assert read_tags(audio_file).title == "New"
    else:
        assert audio_file.read_bytes() == before
    assert write_tags(audio_file, TagSet(title="Newer")) is True
    assert read_tags(audio_file) == TagSet(title="Newer")
    assert_only_file_in_folder(audio_file)


@pytest.mark.parametrize("number", [28, 30, 13])
def test_a_disk_that_refuses_is_waited_for(
    number: int, audio_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = audio_file.read_bytes()

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(tags_module, "fsync_file", refuse)
    with pytest.raises(WaitError) as caught:
        write_tags(audio_file, FULL)
    assert str(audio_file) in str(caught.value)
    assert audio_file.read_bytes() == before
    assert_only_file_in_folder(audio_file)


def test_a_refusal_that_mutagen_has_wrapped_is_found(
    made_audio: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(shutil.copy(made_audio["flac"], tmp_path))

    def refuse(*_: object, **__: object) -> None:
        raise mutagen.MutagenError(OSError(28, "No space left on device"))

    monkeypatch.setattr("mutagen.flac.FLAC.save", refuse)
    with pytest.raises(WaitError, match="full"):
        write_tags(path, FULL)


def test_a_file_that_mutagen_damages_is_not_swapped_in(
    audio_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = audio_file.read_bytes()
    for form in set(tags_module._FORMATS.values()):
        monkeypatch.setattr(form, "save", lambda audio, path: None)
    with pytest.raises(BadCandidateError):
        write_tags(audio_file, FULL)
    assert audio_file.read_bytes() == before
    assert_only_file_in_folder(audio_file)


def test_temporary_names_are_ours_to_recognise(tmp_path: Path) -> None:
    with atomic.temporary_in(tmp_path) as path:
        path.touch()
        assert path.name.startswith(".")
        assert atomic.remove_leftovers(tmp_path) == 0, "its maker is alive"
    assert not path.exists()


# What the catalogue says


def credit(*names: tuple[str, str, str, str]) -> ArtistCredit:
    return ArtistCredit(
        tuple(CreditedArtist(Artist(i, n, sort), n, join) for i, n, sort, join in names)
    )


def placement(**changes: Any) -> Placement:
    artists = credit(("q", "Queen", "Queen", " & "), ("b", "Bowie", "Bowie, David", ""))
    recording = Recording("rec", "Under Pressure", artists, 248_000, ("GB1", "GB2"))
    track = Track("trk", 11, "11", "Under Pressure", recording, artists)
    other = Medium(1, "CD", "", (), 9)
    medium = Medium(2, "CD", "Bonus", (track,), 14)
    group = ReleaseGroup("grp", "Hot Space", artists, "Album", ("Live",), "1982-05-21")
    values: dict[str, Any] = {
        "mbid": "rel",
        "title": "Hot Space",
        "artist_credit": credit(("q", "Queen", "Queen", "")),
        "release_group": group,
        "status": "Official",
        "country": "XE",
        "date": "1991-06",
        "barcode": "",
        "label": "EMI",
        "catalog_number": "CDP 1",
        "media": (other, medium),
    }
    return Placement(Release(**(values | changes)), medium, track)


def test_tags_of_a_placement() -> None:
    assert build_tags(placement()) == TagSet(
        title="Under Pressure",
        artist="Queen & Bowie",
        artists=("Queen", "Bowie"),
        artist_sort="Queen & Bowie, David",
        album="Hot Space",
        album_artist="Queen",
        album_artist_sort="Queen",
        date="1991-06",
        original_date="1982-05-21",
        track_number=11,
        track_total=14,
        disc_number=2,
        disc_total=2,
        disc_subtitle="Bonus",
        media="CD",
        label="EMI",
        catalog_number="CDP 1",
        isrcs=("GB1", "GB2"),
        release_types=("album", "live"),
        release_status="official",
        release_country="XE",
        recording_mbid="rec",
        track_mbid="trk",
        release_mbid="rel",
        release_group_mbid="grp",
        artist_mbids=("q", "b"),
        album_artist_mbids=("q",),
    )


def test_a_release_by_various_artists_is_a_compilation() -> None:
    various = credit((VARIOUS_ARTISTS_MBID, "Various Artists", "Various Artists", ""))
    assert build_tags(placement(artist_credit=various)).is_compilation is True


def test_the_table_names_every_text_field_once() -> None:
    assert sorted(tag.field for tag in TEXT_TAGS) == sorted(TagSet().texts())
    for column in ("id3", "vorbis", "mp4"):
        names = [getattr(tag, column).lower() for tag in TEXT_TAGS]
        assert len(set(names)) == len(names)


@pytest.mark.skipif(not collected_audio(), reason="no collected audio on this machine")
def test_every_collected_file_that_can_be_tagged_is(tmp_path: Path) -> None:
    written = by_mediafile = 0
    cover = Cover("image/png", png())
    for number, original in enumerate(collected_audio()):
        path = tmp_path / f"{number}{original.suffix}"
        shutil.copyfile(original, path)
        before = path.read_bytes()
        try:
            duration = read_properties(path).duration_seconds
            read_tags(path)
            assert write_tags(path, FULL, cover=cover) is True
        except BadCandidateError:
            assert path.read_bytes() == before, original
            continue
        written += 1
        assert read_tags(path) == FULL, original
        assert read_cover(path) == cover, original
        assert read_properties(path).duration_seconds == pytest.approx(duration, abs=0.05), original
        tagged = path.read_bytes()
        assert write_tags(path, FULL, cover=cover) is False, original
        assert path.read_bytes() == tagged
        try:
            mediafile.MediaFile(path)
        except mediafile.UnreadableFileError:
            continue  # it trusts the extension, or does not know the format
        assert_read_by_mediafile(path, FULL)
        by_mediafile += 1
        path.unlink()
    assert written > 200
    assert by_mediafile > 190
