"""Pictures from outside: which are accepted, which are refused, and how they are made to fit."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from shanty.config.service_sections import ArtSettings
from shanty.errors import PermanentError
from shanty.tags.pictures import fit_picture
from tests.world.audio_files import fixtures_dir
from tests.world.tag_samples import picture

MIMES = {"JPEG": "image/jpeg", "PNG": "image/png"}


def opened(data: bytes) -> Any:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_that_fits_stays_byte_for_byte(kind: str) -> None:
    data = picture(kind, 300, 200)
    cover = fit_picture(data, ArtSettings())
    assert (cover.data, cover.mime, cover.width, cover.height) == (data, MIMES[kind], 300, 200)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "TIFF"])
@pytest.mark.parametrize("wanted", ["keep", "jpeg", "png"])
def test_formats(kind: str, wanted: str) -> None:
    cover = fit_picture(picture(kind, 90, 60), ArtSettings.model_validate({"format": wanted}))
    expected = {"keep": kind if kind in MIMES else "JPEG", "jpeg": "JPEG", "png": "PNG"}[wanted]
    image = opened(cover.data)
    assert (image.format, cover.mime) == (expected, MIMES[expected])
    assert image.size == (cover.width, cover.height) == (90, 60)
    assert image.convert("RGB").getpixel((45, 30))[0] > 200, "it is another picture"


@pytest.mark.parametrize(("kind", "mode"), [("JPEG", "CMYK"), ("PNG", "RGBA"), ("PNG", "P")])
def test_the_longest_edge(kind: str, mode: str) -> None:
    art = ArtSettings(max_edge=100)
    cover = fit_picture(picture(kind, 400, 200, mode), art)
    assert opened(cover.data).size == (cover.width, cover.height) == (100, 50)
    assert cover == fit_picture(picture(kind, 400, 200, mode), art), "not the same bytes again"
    assert fit_picture(cover.data, art).data == cover.data


def test_transparency_becomes_white_in_a_jpeg() -> None:
    clear = Image.new("RGBA", (50, 50), (0, 0, 0, 0))
    buffer = io.BytesIO()
    clear.save(buffer, "PNG")
    cover = fit_picture(buffer.getvalue(), ArtSettings(format="jpeg"))
    assert min(opened(cover.data).getpixel((25, 25))) > 250


def test_the_most_bytes() -> None:
    noise = Image.effect_noise((300, 300), 90).convert("RGB")
    for kind, wanted in (("JPEG", "keep"), ("PNG", "png")):
        buffer = io.BytesIO()
        noise.save(buffer, kind)
        art = ArtSettings.model_validate({"max_bytes": 20_000, "format": wanted})
        assert len(buffer.getvalue()) > art.max_bytes
        cover = fit_picture(buffer.getvalue(), art)
        assert len(cover.data) <= art.max_bytes
        assert opened(cover.data).width == cover.width >= 64


def test_a_picture_taken_sideways_is_turned_when_it_is_written_anew() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: a quarter turn
    buffer = io.BytesIO()
    Image.new("RGB", (400, 200), "red").save(buffer, "JPEG", exif=exif)
    cover = fit_picture(buffer.getvalue(), ArtSettings(max_edge=100))
    assert opened(cover.data).size == (50, 100)


def bomb() -> bytes:
    """Return a small PNG that claims to have 900 million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels)


HOSTILE = {
    "nothing": b"",
    "html": b"<!DOCTYPE html><html>please log in</html>",
    "pdf": b"%PDF-1.4 " + bytes(500),
    "only magic JPEG": b"\xff\xd8\xff\xe0" + b"not really" * 50,
    "only magic PNG": b"\x89PNG\r\n\x1a\n" + b"not really" * 50,
    "only magic GIF": b"GIF89a",
    "half a JPEG": picture("JPEG", 300, 300)[:1500],
    "half a PNG": picture("PNG", 300, 300)[:200],
    "bomb": bomb(),
    "no pixels": b"\x89PNG\r\n\x1a\n" + bytes(8) + b"IHDR" + bytes(13),
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("art", [ArtSettings(), ArtSettings(format="png", max_edge=100)])
def test_hostile_pictures_are_refused_with_a_sentence(name: str, art: ArtSettings) -> None:
    with pytest.raises(PermanentError, match="the picture"):
        fit_picture(HOSTILE[name], art)


@pytest.mark.skipif(fixtures_dir() is None, reason="no collected images on this machine")
def test_collected_images() -> None:
    folder = fixtures_dir()
    assert folder is not None
    fates = {}
    for path in sorted((folder / "images").rglob("*.*")):
        try:
            cover = fit_picture(path.read_bytes(), ArtSettings(max_edge=120))
        except PermanentError:
            fates[path.name] = "refused"
            continue
        assert max(opened(cover.data).size) <= 120
        fates[path.name] = "fits"
    assert sum(fate == "fits" for fate in fates.values()) >= 8, fates
    assert all(fate == "refused" for name, fate in fates.items() if Path(name).suffix == ".pdf")
