"""The rules that every path made by Shanty must obey."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath

from pathvalidate import is_valid_filename

from shanty.files.filenames import MAX_COMPONENT_BYTES


def assert_safe(path: PurePosixPath) -> None:
    assert not path.is_absolute()
    for name in path.parts:
        assert name not in {"", ".", ".."}
        assert len(name.encode("utf-8")) <= MAX_COMPONENT_BYTES
        assert not set(name) & set('/\\"*:<>?|'), name
        assert not any(unicodedata.category(c) in {"Cc", "Cs"} for c in name), name
        assert name[0] not in " .-", name
        assert name[-1] not in " .", name
        assert unicodedata.is_normalized("NFC", name)
        assert is_valid_filename(name, platform="universal"), name
