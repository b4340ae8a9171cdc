"""Reading and writing tags in every format."""

from __future__ import annotations

import dataclasses
import os
import shutil
from pathlib import Path

import mediafile
import pytest

from shanty.errors import BadCandidateError, TransientError
from shanty.tags.audio import read_properties
from shanty.tags.covers import Cover
from shanty.tags.mapping import TEXT_TAGS
from shanty.tags.style import Foreign, TagStyle
from shanty.tags.tagging import TagSet, read_recording_mbid, read_tags, write_tags
from tests.world.audio_files import make_audio
from tests.world.tag_readers import (
    RAW_ID3,
    RAW_MP4,
    RAW_VORBIS,
    assert_read_by_ffmpeg,
    assert_read_by_mediafile,
    assert_read_by_mutagen,
)
from tests.world.tag_samples import FULL, assert_only_file_in_folder, png


def test_written_tags_read_back_equal(audio_file: Path) -> None:
    assert all(getattr(FULL, field.name) for field in dataclasses.fields(FULL))
    before = read_properties(audio_file)
    assert write_tags(audio_file, FULL) is True
    assert read_tags(audio_file) == FULL
    assert read_recording_mbid(audio_file) == FULL.recording_mbid
    assert_read_by_mediafile(audio_file, FULL)
    assert read_properties(audio_file).duration_seconds == pytest.approx(before.duration_seconds)
    assert_only_file_in_folder(audio_file)


def test_every_key_is_the_one_of_picard(audio_file: Path) -> None:
    write_tags(audio_file, FULL, style=TagStyle(foreign=Foreign.DROP_ALL))
    assert_read_by_mutagen(audio_file, is_all=True)
    assert_read_by_ffmpeg(audio_file)


def test_every_name_of_the_table_is_expected_somewhere() -> None:
    assert {tag.id3 for tag in TEXT_TAGS} <= set(RAW_ID3)
    assert {tag.vorbis for tag in TEXT_TAGS} <= set(RAW_VORBIS)
    assert {tag.mp4 for tag in TEXT_TAGS} <= set(RAW_MP4)


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
