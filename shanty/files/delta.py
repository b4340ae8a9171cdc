"""A delta: the bytes that turn a changed file back into what it was.

A delta is small, because a tagger does not change the sound. Whatever it does (a longer header, a
`moov` atom with other offsets, Ogg pages with other numbers), the old and the new file share a
beginning and an end. Between these, few bytes differ if both middles are aligned at their ends. So
a delta holds the old middle, compressed: the part without a partner in the new file as it is, and
the rest as its exclusive-or with the new middle, which is nearly all zeros.

Owns the form of a delta. Refuses to know file formats.
"""

from __future__ import annotations

import hashlib
import mmap
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from shanty.errors import ShantyError

_MAGIC = b"SHD1"
# magic, length of the new file, common beginning, common end, length of the old middle
_HEADER = struct.Struct(">4sQQQQ")
_CHUNK = 1 << 18


def make_delta(old: Path, new: Path) -> bytes:
    """Return the delta that turns ``new`` back into ``old``."""
    with _mapped(old) as before, _mapped(new) as after:
        shorter = min(len(before), len(after))
        start = _common_prefix(before, after, shorter)
        end = _common_suffix(before, after, shorter - start)
        middle = len(before) - start - end
        compressor = zlib.compressobj(9)
        parts = [_HEADER.pack(_MAGIC, len(after), start, end, middle)]
        aligned = min(middle, len(after) - start - end)
        position, stop = start, len(before) - end - aligned
        while position < stop:
            until = min(stop, position + _CHUNK)
            parts.append(compressor.compress(bytes(before[position:until])))
            position = until
        shift = len(after) - len(before)
        stop = len(before) - end
        while position < stop:
            until = min(stop, position + _CHUNK)
            mixed = _xor(before[position:until], after[position + shift : until + shift])
            parts.append(compressor.compress(mixed))
            position = until
        parts.append(compressor.flush())
    return b"".join(parts)


def apply_delta(new: Path, delta: bytes, target: Path) -> str:
    """Write the old version of the file ``new`` into ``target``; return its SHA-256.

    Raises:
        ShantyError: the delta is damaged, or belongs to another file.
        OSError: the disk refuses.
    """
    try:
        with _mapped(new) as after, target.open("wb") as handle:
            return _write_old(after, delta, handle)
    except (struct.error, zlib.error) as error:
        raise ShantyError(f"the data to undo the change of {new} is damaged") from error


def _write_old(after: memoryview, delta: bytes, handle: BinaryIO) -> str:
    magic, length, start, end, middle = _HEADER.unpack_from(delta)
    if magic != _MAGIC or length != len(after) or start + end > length:
        raise ShantyError("the data to undo a change belongs to another file")
    digest = hashlib.sha256()

    def write(data: bytes | memoryview) -> None:
        digest.update(data)
        handle.write(data)

    write(after[:start])
    aligned = min(middle, length - start - end)
    literal = middle - aligned
    position = length - end - aligned  # where the next exclusive-or applies in the new file
    left = middle
    decompressor = zlib.decompressobj()
    source = delta[_HEADER.size :]
    while left:
        data = decompressor.decompress(source, min(_CHUNK, left))
        source = decompressor.unconsumed_tail
        if not data:
            raise zlib.error("too short")
        as_is = min(literal, len(data))
        write(data[:as_is])
        literal -= as_is
        mixed = data[as_is:]
        write(_xor(memoryview(mixed), after[position : position + len(mixed)]))
        position += len(mixed)
        left -= len(data)
    write(after[length - end :] if end else b"")
    return digest.hexdigest()


@contextmanager
def _mapped(path: Path) -> Iterator[memoryview]:
    """Yield a file's bytes without reading them all: a lossless track may have 100 MiB."""
    with path.open("rb") as handle:
        if not path.stat().st_size:  # an empty file cannot be mapped
            yield memoryview(b"")
            return
        with (
            mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
            memoryview(mapped) as view,
        ):
            yield view


def _common_prefix(one: memoryview, other: memoryview, limit: int) -> int:
    position = 0
    while position < limit:
        until = min(limit, position + _CHUNK)
        if one[position:until] != other[position:until]:
            return position + _first_difference(one[position:until], other[position:until])
        position = until
    return limit


def _common_suffix(one: memoryview, other: memoryview, limit: int) -> int:
    length = 0
    while length < limit:
        size = min(_CHUNK, limit - length)
        tail_one = one[len(one) - length - size : len(one) - length]
        tail_other = other[len(other) - length - size : len(other) - length]
        if tail_one != tail_other:
            return length + _first_difference(tail_one[::-1], tail_other[::-1])
        length += size
    return limit


def _first_difference(one: memoryview, other: memoryview) -> int:
    mixed = _xor(one, other)
    return len(mixed) - len(mixed.lstrip(b"\0"))


def _xor(one: memoryview, other: memoryview) -> bytes:
    mixed = int.from_bytes(one, "little") ^ int.from_bytes(other, "little")
    return mixed.to_bytes(len(one), "little")
