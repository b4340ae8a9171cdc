"""Pictures from outside, made fit for a tag or a folder: decoded once, and scaled down if need be.

Owns what a usable picture is and the limits of ``[art]``. The only module that imports Pillow.
Refuses to know where a picture comes from.

A picture that is fit as it is stays byte for byte what it was.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from PIL import Image, ImageOps

from shanty.config_sections import ArtSettings
from shanty.errors import PermanentError
from shanty.library.covers import Cover

MOST_PIXELS = 64_000_000
"""Of which a small file can have many more: that is what is called a decompression bomb."""

_READ = ("JPEG", "PNG", "GIF", "WEBP", "TIFF")
_KEPT = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png"}
_WRITTEN = {"image/jpeg": "JPEG", "image/png": "PNG"}
_QUALITIES = (90, 80, 70)
_SMALLEST_EDGE = 64


def fit_picture(data: bytes, art: ArtSettings) -> Cover:
    """A picture within the limits: these very bytes if they are, else scaled down or converted.

    What is neither JPEG nor PNG becomes JPEG, of an animation the first frame.

    Raises:
        PermanentError: it is no picture, damaged, has too many pixels, or cannot be made so small.
    """
    try:
        with Image.open(io.BytesIO(data), formats=_READ) as image:
            width, height = image.size
            if width * height > MOST_PIXELS:
                raise PermanentError(f"the picture has {width} × {height} pixels: too many")
            kept = _KEPT.get(image.format or "", "")
            mime = {"jpeg": "image/jpeg", "png": "image/png"}.get(art.format, kept or "image/jpeg")
            if mime == kept and max(image.size) <= art.max_edge and len(data) <= art.max_bytes:
                image.load()  # to its end, which may not be there
                return Cover(mime, data, width, height)
            image.draft("RGB", (2 * art.max_edge, 2 * art.max_edge))  # JPEG: read it smaller
            return _encode(image, mime, art)
    except PermanentError:
        raise
    except Exception as error:
        # Pillow lets SyntaxError, ValueError, struct.error and more through on damaged files.
        raise PermanentError("the picture is damaged, or none that can be read") from error


def _encode(image: Image.Image, mime: str, art: ArtSettings) -> Cover:
    upright = ImageOps.exif_transpose(image)
    plain = _without_palette(upright, mime)
    for edge in _edges(art.max_edge):
        small = plain.copy()
        small.thumbnail((edge, edge), Image.Resampling.LANCZOS)
        for quality in _QUALITIES if mime == "image/jpeg" else (0,):
            buffer = io.BytesIO()
            options = {"quality": quality} if quality else {}
            small.save(buffer, _WRITTEN[mime], optimize=True, **options)
            if buffer.tell() <= art.max_bytes:
                return Cover(mime, buffer.getvalue(), *small.size)
    raise PermanentError(f"the picture cannot be made to fit into {art.max_bytes} bytes")


def _without_palette(image: Image.Image, mime: str) -> Image.Image:
    """In colours that can be scaled and stored; on white, where the format has no transparency."""
    if image.mode in {"RGB", "L"}:
        return image
    if not image.has_transparency_data:
        return image.convert("RGB")
    clear = image.convert("RGBA")
    if mime == "image/png":
        return clear
    paper = Image.new("RGBA", clear.size, "white")
    return Image.alpha_composite(paper, clear).convert("RGB")


def _edges(largest: int) -> Iterator[int]:
    edge = largest
    while edge >= _SMALLEST_EDGE:
        yield edge
        edge = edge * 3 // 4
