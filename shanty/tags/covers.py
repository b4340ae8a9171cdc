"""A front cover that every tag format can carry.

Owns which pictures may be embedded. Refuses to know where a picture comes from.
"""

from __future__ import annotations

from dataclasses import dataclass

from shanty.errors import PermanentError

FRONT = 3
"""The picture type of a front cover, in ID3's APIC frame and in FLAC's picture block."""

# A FLAC metadata block's length has 24 bits (RFC 9639, 8.1). The picture's own header takes a few
# bytes of it.
MAX_BYTES = 2**24 - 1024

_MAGIC = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n"}


@dataclass(frozen=True, slots=True)
class Cover:
    """A front cover to embed. Width and height are pixels, 0 if unknown.

    Raises:
        PermanentError: it is neither JPEG nor PNG, is not what ``mime`` says, or is too large.
    """

    mime: str
    data: bytes
    width: int = 0
    height: int = 0

    def __post_init__(self) -> None:
        magic = _MAGIC.get(self.mime)
        if magic is None:
            raise PermanentError(f"a cover has to be JPEG or PNG, not {self.mime or 'unknown'}")
        if not self.data.startswith(magic):
            raise PermanentError(f"the cover claims to be {self.mime}, but is not")
        if len(self.data) > MAX_BYTES:
            raise PermanentError(
                f"the cover has {len(self.data)} bytes, more than the {MAX_BYTES} that fit in a tag"
            )
