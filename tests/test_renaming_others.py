"""New names: what is somebody else's, or is not what it looks like, is left where it is."""

from __future__ import annotations

from pathlib import Path

from shanty.library.atomic import temporary_in
from tests.filed import FiledLibrary, make_placements
from tests.test_journaling import library
from tests.test_renaming import FLAT, database_url, names, rename

__all__ = ["database_url", "library"]


def test_what_another_process_is_writing_stays_where_it_is(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    """A copy from another filesystem, say: it would be lost, and its maker would look for it."""
    (track_id,) = library.file(make_placements("One"), made_audio["opus"])
    album = library.path(track_id).parent
    library.with_template(FLAT)
    with temporary_in(album) as copy:
        copy.write_bytes(b"half of it")
        rename(library)
        assert copy.read_bytes() == b"half of it"
        assert names(library) == [
            f"Anna/First (2001)/{copy.name}",
            "Anna/One.opus",
            "Anna/cover.jpg",
        ]
    moved = {entry.source_path for entry in library.catalog.entries_of_run("rename-1")}
    assert copy not in moved
