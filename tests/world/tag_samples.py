"""Tags with a value in every field, small pictures, and what other programs make of a file."""

from __future__ import annotations

import io
import shutil
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from shanty.tags.tagging import TagSet
from tests.world.audio_files import FORMATS


def mbid(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-000000000000"


FULL = TagSet(
    title="Für Elise / Part 1",
    artist="Queen & David Bowie",
    artists=("Queen", "David Bowie"),
    artist_sort="Queen & Bowie, David",
    album="Höchst – Größe",
    album_artist="Various Artists",
    album_artists=("Queen", "Bowie"),
    album_artist_sort="Artists, Various",
    date="2001-02-03",
    original_date="1999-04",
    original_year="1999",
    track_number=3,
    track_total=12,
    disc_number=2,
    disc_total=3,
    disc_subtitle="The second half",
    media='12" Vinyl',
    labels=("EMI", "Parlophone"),
    catalog_numbers=("EMI 5301", "CDP 7 9"),
    barcode="0077774620451",
    asin="B000007624",
    isrcs=("GBUM71029601", "USABC1234567"),
    release_types=("album", "compilation"),
    release_status="official",
    release_country="GB",
    script="Latn",
    is_compilation=True,
    recording_mbid=mbid(1),
    track_mbid=mbid(2),
    release_mbid=mbid(3),
    release_group_mbid=mbid(4),
    artist_mbids=(mbid(5), mbid(6)),
    album_artist_mbids=(mbid(7), mbid(8)),
)


def png(width: int = 1, height: int = 1, colour: int = 0) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress((b"\0" + bytes([colour]) * width) * height)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def picture(kind: str, width: int, height: int, mode: str = "RGB") -> bytes:
    """A real picture with a bright middle."""
    image = Image.new("RGB", (width, height), (30, 60, 90))
    image.paste((250, 240, 230), (width // 4, height // 4, width * 3 // 4, height * 3 // 4))
    buffer = io.BytesIO()
    (image if mode == "RGB" else image.convert(mode)).save(buffer, kind)
    return buffer.getvalue()


JPEG = b"\xff\xd8\xff\xe0" + b"not really, but it begins like one" * 20


@pytest.fixture(params=FORMATS)
def audio_file(request: pytest.FixtureRequest, made_audio: dict[str, Path], tmp_path: Path) -> Path:
    path = tmp_path / f"song.{request.param}"
    shutil.copy(made_audio[request.param], path)
    return path


def assert_only_file_in_folder(path: Path) -> None:
    assert [each.name for each in path.parent.iterdir()] == [path.name]


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
