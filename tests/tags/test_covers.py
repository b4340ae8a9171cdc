"""Covers in tags."""

from __future__ import annotations

import base64
import dataclasses
import shutil
from pathlib import Path

import mediafile
import mutagen
import pytest
from mutagen.flac import Picture
from mutagen.id3 import APIC, ID3
from mutagen.mp4 import MP4Cover

from shanty.errors import PermanentError
from shanty.tags.covers import MAX_BYTES, Cover
from shanty.tags.tagging import read_cover, write_tags
from tests.world.audio_files import fixtures_dir
from tests.world.tag_samples import FULL, JPEG, png


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
