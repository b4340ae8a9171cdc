"""How long an MP3 plays, by its frames.

Many encoders write how many frames there are into the first one (Xing, Info, VBRI). If nobody has,
the length can only be guessed from the first frame's bitrate, which is wrong by far for a variable
one. So the frames are counted here: each says where the next one begins, and nothing is decoded.

Source: http://www.mp3-tech.org/programmer/frame_header.html
"""

from __future__ import annotations

import mmap
from pathlib import Path

# kbit/s by the four bits of the header, for layer III of MPEG 1, and of MPEG 2 and 2.5.
_RATES_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)
_RATES_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0)
_SAMPLE_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_MPEG_1, _LAYER_III = 3, 1
_LEAST_PART = 0.9
_SEARCHED_BYTES = 64 * 1024


def count_seconds(path: Path) -> float:
    """The length in seconds of an MP3's frames; 0 if most of its bytes are no such frames.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        start = place = _find_start(data)
        seconds = 0.0
        while (frame := _read_frame(data[place : place + 4])) is not None:
            size, duration = frame
            place, seconds = place + size, seconds + duration
        is_most = place - start >= (len(data) - start) * _LEAST_PART
    return seconds if is_most else 0.0


def _find_start(data: mmap.mmap) -> int:
    """Where the first frame begins that another one follows; the end if there is none."""
    start = _size_of_id3(data[:10])
    for place in range(start, min(len(data), start + _SEARCHED_BYTES)):
        frame = _read_frame(data[place : place + 4])
        if frame is not None and _read_frame(data[place + frame[0] : place + frame[0] + 4]):
            return place
    return len(data)


def _size_of_id3(head: bytes) -> int:
    """The size of the ID3v2 tags before the sound. https://id3.org/id3v2.4.0-structure"""
    if len(head) < 10 or not head.startswith(b"ID3"):
        return 0
    first, second, third, fourth = head[6:10]
    return 10 + (first << 21 | second << 14 | third << 7 | fourth)


def _read_frame(header: bytes) -> tuple[int, float] | None:
    """A frame's size in bytes and its length in seconds; None if no frame begins here."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return None
    version, layer = header[1] >> 3 & 3, header[1] >> 1 & 3
    rate_code, sample_code, padding = header[2] >> 4, header[2] >> 2 & 3, header[2] >> 1 & 1
    if version not in _SAMPLE_RATES or layer != _LAYER_III or sample_code == 3:
        return None
    is_first = version == _MPEG_1
    bitrate = (_RATES_1 if is_first else _RATES_2)[rate_code] * 1000
    if not bitrate:
        return None
    sample_rate = _SAMPLE_RATES[version][sample_code]
    samples = 1152 if is_first else 576
    return samples // 8 * bitrate // sample_rate + padding, samples / sample_rate
