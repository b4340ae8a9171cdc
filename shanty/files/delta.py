"""What turns a changed file back into what it was: small, because sound is not what changes.

Owns the form of a delta. Refuses to know file formats: whatever a tagger does (a longer header, a
`moov` atom with other offsets, Ogg pages with other numbers) leaves a common beginning, a common
end, and between them bytes that differ in few places when the two are laid side by side from
their ends. So a delta is the old middle: what is longer as it is, the rest as its exclusive-or
with the new middle, which is nearly all zeros; both compressed.
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
    """What makes ``old`` out of ``new``."""
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
    """Write what the file was before into ``target``; returns the SHA-256 of that.

    Raises:
        ShantyError: the delta is damaged, or of another file than this.
        OSError: the disk refuses.
    """
    try:
        with _mapped(new) as after, target.open("wb") as handle:
            return _write_old(after, delta, handle)
    except (struct.error, zlib.error) as error:
        raise ShantyError(f"what is kept to undo the change of {new} is damaged") from error


def _write_old(after: memoryview, delta: bytes, handle: BinaryIO) -> str:
    magic, length, start, end, middle = _HEADER.unpack_from(delta)
    if magic != _MAGIC or length != len(after) or start + end > length:
        raise ShantyError("what is kept to undo a change belongs to another file")
    digest = hashlib.sha256()

    def write(data: bytes | memoryview) -> None:
        digest.update(data)
        handle.write(data)

    write(after[:start])
    aligned = min(middle, length - start - end)
    literal = middle - aligned
    position = length - end - aligned  # in the new file, of what is still to be undone
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
    """A file's bytes without reading them all: a lossless album's track may have 100 MiB."""
    with path.open("rb") as handle:
        if not path.stat().st_size:  # nothing cannot be mapped
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
