"""Every real audio file that can be tagged: other programs read what we wrote."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import mediafile
import pytest

from shanty.errors import BadCandidateError
from shanty.tags.audio import open_audio, read_properties
from shanty.tags.covers import Cover
from shanty.tags.style import Foreign, TagStyle
from shanty.tags.tagging import read_cover, read_tags, write_tags
from tests.world.audio_files import collected_audio
from tests.world.tag_readers import (
    assert_read_by_ffmpeg,
    assert_read_by_mediafile,
    assert_read_by_mutagen,
    shown_by_ffmpeg,
)
from tests.world.tag_samples import FULL, png

SAMPLE_EVERY = 14
# QuickTime user data beside the list of iTunes: mutagen does not see it, and ffmpeg shows both.
NOT_FOR_FFMPEG = {"non-full-meta.m4a"}
pytestmark = pytest.mark.skipif(not collected_audio(), reason="no collected audio on this machine")


def write_all(originals: Sequence[Path], folder: Path, style: TagStyle) -> Counter[str]:
    """Tag a copy of each file and read it with every reader; return how often that was possible."""
    counts: Counter[str] = Counter()
    cover = Cover("image/png", png(), 1, 1)
    for number, original in enumerate(originals):
        path = folder / f"{number}{original.suffix}"
        shutil.copyfile(original, path)
        before = path.read_bytes()
        try:
            duration = read_properties(path).duration_seconds
            assert write_tags(path, FULL, cover=cover, style=style) is True
        except BadCandidateError:
            assert path.read_bytes() == before, original
            counts["refused"] += 1
            continue
        counts["written"] += 1
        found = read_cover(path)
        assert found is not None, original
        assert (found.mime, found.data) == (cover.mime, cover.data), original
        assert read_properties(path).duration_seconds == pytest.approx(duration, abs=0.05), original
        tagged, stat = path.read_bytes(), path.stat()
        assert write_tags(path, FULL, cover=cover, style=style) is False, original
        assert path.read_bytes() == tagged
        assert path.stat().st_mtime_ns == stat.st_mtime_ns
        counts.update(look_at(path, style, is_shown=original.name not in NOT_FOR_FFMPEG))
        path.unlink()
    return counts


def look_at(path: Path, style: TagStyle, *, is_shown: bool) -> list[str]:
    is_old = style.id3_version == 3 and type(open_audio(path)).__name__ == "MP3"
    version = 3 if is_old else 4
    if not is_old:
        assert read_tags(path) == FULL, path
    is_all = style.foreign is Foreign.DROP_ALL
    assert_read_by_mutagen(path, id3_version=version, is_all=is_all)
    readers = ["mutagen"]
    try:
        mediafile.MediaFile(path)
    except mediafile.UnreadableFileError:
        pass  # it trusts the extension, or does not know the format
    else:
        if not is_old:
            assert_read_by_mediafile(path, FULL)
            readers.append("mediafile")
    if is_shown and shown_by_ffmpeg(path).get("title"):
        assert_read_by_ffmpeg(path, id3_version=version)
        readers.append("ffmpeg")
    return readers


def test_a_sample_of_the_collected_files(tmp_path: Path) -> None:
    counts = write_all(collected_audio()[::SAMPLE_EVERY], tmp_path, TagStyle())
    assert counts["written"] > 10
    assert counts["mutagen"] > 10
    assert counts["mediafile"] > 10
    assert counts["ffmpeg"] > 10


@pytest.mark.proof
@pytest.mark.parametrize(
    ("version", "foreign"), [(4, Foreign.KEEP), (3, Foreign.KEEP), (4, Foreign.DROP_ALL)]
)
def test_every_collected_file(version: int, foreign: Foreign, tmp_path: Path) -> None:
    counts = write_all(collected_audio(), tmp_path, TagStyle(version, foreign))
    print(dict(counts))
    assert counts["written"] > 200
    assert counts["mutagen"] > 190
    assert counts["mediafile"] > (190 if version == 4 else 100)
    assert counts["ffmpeg"] > 150
