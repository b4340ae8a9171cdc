"""Small files that would be huge pictures. As a script, it prints how much memory one takes."""

from __future__ import annotations

import io
import struct
import sys
import threading
import zlib
from collections.abc import Callable
from pathlib import Path

from PIL import Image, features


def encode(mode: str, size: tuple[int, int], kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, size).save(buffer, kind, **options)
    return buffer.getvalue()


def png(width: int, height: int, colour: int = 6, bits: int = 8, interlace: int = 0) -> bytes:
    """An empty PNG, made row by row."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    row = bytes(1 + (width * channels * bits + 7) // 8)
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlace))
    palette = chunk(b"PLTE", bytes(768)) + chunk(b"tRNS", bytes(256)) if colour == 3 else b""
    end = chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + head + palette + chunk(b"IDAT", data) + end


def tiff_of_strips(strips: int) -> bytes:
    """A TIFF with a strip for each row, and as many rows as fit."""
    tags = [
        (256, 4, 1, 1),
        (257, 4, 1, strips),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (277, 3, 1, 1),
        (278, 4, 1, 1),
    ]
    table = 8 + 2 + 12 * (len(tags) + 2) + 4
    tags += [(273, 4, strips, table), (279, 4, strips, table)]
    entries = b"".join(struct.pack("<HHII", *tag) for tag in sorted(tags))
    head = b"II*\0" + struct.pack("<IH", 8, len(tags))
    return head + entries + bytes(4) + struct.pack("<I", 1) * strips


def gif_of_frames(frames: int) -> bytes:
    pictures = [Image.new("P", (2000, 2000), number % 250) for number in range(frames)]
    buffer = io.BytesIO()
    pictures[0].save(buffer, "GIF", save_all=True, append_images=pictures[1:], duration=10)
    return buffer.getvalue()


BOMBS: dict[str, Callable[[], bytes]] = {
    "png 8000": lambda: png(8000, 8000),
    "png palette": lambda: png(8000, 8000, 3),
    "png grey 16": lambda: png(8000, 8000, 0, 16),
    "png grey alpha": lambda: png(6000, 6000, 4),
    "png just bearable": lambda: png(4850, 4850),
    "png rgb 16": lambda: png(7000, 7000, 2, 16),
    "png bits": lambda: png(8000, 8000, 0, 1),
    "png wide": lambda: png(60_000_000, 1, 0),
    "png 30000": lambda: png(30_000, 30_000, 0, 1),
    "jpeg": lambda: encode("RGB", (8000, 8000), "JPEG"),
    "jpeg progressive": lambda: encode(
        "RGB", (8000, 8000), "JPEG", progressive=True, subsampling=0
    ),
    "jpeg progressive, just bearable": lambda: encode(
        "RGB", (5200, 5200), "JPEG", progressive=True, subsampling=0
    ),
    "jpeg cmyk": lambda: encode("CMYK", (7000, 7000), "JPEG"),
    "webp": lambda: encode("RGB", (8000, 8000), "WEBP", lossless=True, method=0),
    "webp, just bearable": lambda: encode("RGBA", (3300, 3300), "WEBP", lossless=True, method=0),
    "gif": lambda: encode("P", (8000, 8000), "GIF"),
    "gif of frames": lambda: gif_of_frames(60),
    "tiff": lambda: encode("RGB", (8000, 7900), "TIFF", compression="tiff_lzw"),
    "tiff rgba": lambda: encode("RGBA", (5000, 5000), "TIFF", compression="tiff_lzw"),
    "tiff float": lambda: encode("F", (5000, 5000), "TIFF", compression="tiff_lzw"),
    "tiff of strips": lambda: tiff_of_strips(1_900_000),
}


def most_kib() -> int:
    """The most memory that this process ever had. (``ru_maxrss`` would include its parent's.)"""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def main() -> None:
    """Fit the picture on standard input, twice at a time; print the MiB used and the result."""
    from shanty.config.service_sections import ArtSettings
    from shanty.errors import PermanentError
    from shanty.tags.pictures import fit_picture

    assert features.check("webp")
    data = sys.stdin.buffer.read()
    fates: list[str] = []

    def fit() -> None:
        try:
            cover = fit_picture(data, ArtSettings(format="png" if "png" in sys.argv else "keep"))
            fates.append(f"{cover.width}x{cover.height}")
        except PermanentError as error:
            fates.append(str(error))

    before = most_kib()
    threads = [threading.Thread(target=fit) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    after = most_kib()
    print(after // 1024, (after - before) // 1024, fates[-1])


if __name__ == "__main__":
    main()
