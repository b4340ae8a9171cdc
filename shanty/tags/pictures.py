"""Pictures from outside, made fit for a tag or a folder: decoded once, and scaled down if needed.

Owns what a usable picture is and the limits of ``[art]``. The only module that imports Pillow.
Refuses to know where a picture comes from.

If a picture is fit already, its bytes are kept. A few kilobytes can hold a picture that needs
gigabytes, so the memory it needs is computed from its size before it is decoded, and only one
picture is decoded at a time.
"""

from __future__ import annotations

import io
import struct
import threading
from collections.abc import Iterator

from PIL import Image, ImageOps

from shanty.config.service_sections import ArtSettings
from shanty.errors import PermanentError
from shanty.tags.covers import Cover

MOST_PIXELS = 64_000_000
"""The most pixels that are decoded. A small file can hold many more (a "decompression bomb")."""
MOST_BYTES = 190_000_000
"""How much memory decoding and scaling one picture may take."""

# Bytes per pixel that a decoder holds beside the picture itself. WebP's holds whole canvases.
_DECODER_BYTES = {"WEBP": 12, "GIF": 4, "TIFF": 4}
_PROGRESSIVE_BYTES = 6  # bytes per pixel for the coefficients of all three colours
# Bytes per pixel of a picture and of the full-size copies that scaling makes of it: Pillow converts
# a palette, and multiplies colours with their transparency.
_MODE_BYTES = {"1": 2, "L": 1, "P": 9, "LA": 8, "PA": 12, "RGBA": 8}
_OTHER_MODE_BYTES = 4
_MOST_TIFF_VALUES = 20_000
_TIFF_PLAIN_TYPES = {1, 2, 6, 7}  # bytes and texts, which do not become an object for each value
_ONE_AT_A_TIME = threading.Lock()

_READ = ("JPEG", "PNG", "GIF", "WEBP", "TIFF")
_KEPT = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png"}
_WRITTEN = {"image/jpeg": "JPEG", "image/png": "PNG"}
_QUALITIES = (90, 80, 70)
_SMALLEST_EDGE = 64


def fit_picture(data: bytes, art: ArtSettings) -> Cover:
    """Return a picture within the limits: these very bytes if they fit, else scaled or converted.

    A picture that is neither JPEG nor PNG becomes a JPEG. Only the first frame of an animation is
    used.

    Raises:
        PermanentError: it is no picture, is damaged, has too many pixels, or cannot be made small
            enough.
    """
    try:
        _require_plain_tiff(data)
        with _ONE_AT_A_TIME, Image.open(io.BytesIO(data), formats=_READ) as image:
            width, height = image.size
            kept = _KEPT.get(image.format or "", "")
            mime = {"jpeg": "image/jpeg", "png": "image/png"}.get(art.format, kept or "image/jpeg")
            if mime == kept and max(image.size) <= art.max_edge and len(data) <= art.max_bytes:
                _require_bearable(image, width, height)
                image.load()  # the end of the file may be missing, so read all of it
                return Cover(mime, data, width, height)
            image.draft("RGB", (2 * art.max_edge, 2 * art.max_edge))  # JPEG: decode it smaller
            _require_bearable(image, width, height)
            return _encode(image, mime, art)
    except PermanentError:
        raise
    except Image.DecompressionBombError:
        raise PermanentError("the picture has too many pixels") from None
    except Exception as error:
        # On damaged files Pillow raises SyntaxError, ValueError, struct.error and others.
        raise PermanentError("the picture is damaged, or cannot be read") from error


def _encode(image: Image.Image, mime: str, art: ArtSettings) -> Cover:
    # Scale down first: each further step makes a copy.
    image.thumbnail((art.max_edge, art.max_edge), Image.Resampling.LANCZOS)
    plain = _without_palette(ImageOps.exif_transpose(image), mime)
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


def _require_bearable(image: Image.Image, width: int, height: int) -> None:
    """Refuse a picture that takes too much memory to decode.

    ``width`` and ``height`` are those of the file. The image may be decoded at a smaller size.

    Raises:
        PermanentError: the picture has too many pixels.
    """
    here = image.width * image.height
    mode_bytes = _MODE_BYTES.get(image.mode, _OTHER_MODE_BYTES)
    needed = here * (mode_bytes + _DECODER_BYTES.get(image.format or "", 0))
    if "progressive" in image.info or "progression" in image.info:
        needed += width * height * _PROGRESSIVE_BYTES
    if width * height > MOST_PIXELS or needed > MOST_BYTES:
        raise PermanentError(f"the picture has {width} × {height} pixels: too many")


def _require_plain_tiff(data: bytes) -> None:
    """Refuse a TIFF in too many pieces: each of its millions of strips would become an object.

    Source: TIFF 6.0, section 2.

    Raises:
        PermanentError: a directory entry has more values than a picture needs.
    """
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None or len(data) < 8:
        return
    (start,) = struct.unpack_from(f"{order}I", data, 4)
    (count,) = struct.unpack_from(f"{order}H", data, start)
    for number in range(count):
        _, kind, values = struct.unpack_from(f"{order}HHI", data, start + 2 + 12 * number)
        if values > _MOST_TIFF_VALUES and kind not in _TIFF_PLAIN_TYPES:
            raise PermanentError("the picture is in more pieces than it needs")


def _without_palette(image: Image.Image, mime: str) -> Image.Image:
    """Return the image in colours that can be scaled and stored.

    If the format has no transparency, the picture is put on white.
    """
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
