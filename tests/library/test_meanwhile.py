"""A change that somebody makes between a file's being read and replaced is not lost."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from shanty.db import Database
from shanty.errors import TransientError
from shanty.library import acts as acts_module
from shanty.library.acts import TagWriter
from shanty.library.undo import find_acts, undo
from shanty.models import Lyrics
from shanty.music.loudness import Gain
from shanty.tags.gain_tags import read_gain, write_gain
from shanty.tags.lyrics import embed_lyrics, has_lyrics
from shanty.tags.tagging import build_tags, read_tags, write_tags
from tests.world.filed_library import FiledLibrary, by_hand, make_placements


@pytest.fixture
def database_url(sqlite_copy_url: str) -> str:
    """Use SQLite only: these tests do not depend on the database."""
    return sqlite_copy_url


LEVEL = partial(write_gain, gains={"TRACK": Gain(-3.0, 0.5)})
SING = partial(embed_lyrics, lyrics=Lyrics(plain="la"))
RETAG = partial(write_tags, tags=build_tags(make_placements("Other")[0]))


class Filed:
    """A library with one track that two processes work on."""

    def __init__(self, library: FiledLibrary, audio: Path):
        self.library = library
        (self.track_id,) = library.file(make_placements("One"), audio)
        self.before = library.tree()

    @property
    def path(self) -> Path:
        return self.library.path(self.track_id)

    def change(self, run_id: str, change: TagWriter) -> bool:
        return by_hand(self.library, run_id).change_tags(self.track_id, self.path, change)

    def rename(self) -> None:
        target = self.library.library_dir / "Elsewhere" / "x.flac"
        by_hand(self.library, "rename").rename(self.track_id, self.path, target)

    def undo(self, run_id: str) -> list[str]:
        acts = by_hand(self.library, "undo")
        return [one.reason for one in undo(find_acts(run_id, self.library.catalog), acts).refused]

    def music(self) -> list[Path]:
        return list(self.library.library_dir.rglob("*.flac"))


@pytest.fixture
def filed(tmp_path: Path, database: Database, made_audio: dict[str, Path]) -> Filed:
    return Filed(FiledLibrary(tmp_path, database), made_audio["flac"])


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let something happen when a new version is ready but not written down yet."""

    def arrange(happens: Callable[[], object], times: int = 1) -> None:
        left = times
        make_delta = acts_module.make_delta

        def make_slowly(old: Path, new: Path) -> bytes:
            nonlocal left
            delta = make_delta(old, new)
            if left:
                left -= 1
                happens()
            return delta

        monkeypatch.setattr(acts_module, "make_delta", make_slowly)

    return arrange


@pytest.mark.parametrize("change", [LEVEL, SING, RETAG], ids=["level", "sing", "retag"])
def test_a_file_renamed_while_it_is_tagged_has_only_its_new_name(
    change: TagWriter, filed: Filed, meanwhile: Callable[..., None]
) -> None:
    meanwhile(filed.rename)
    assert filed.change("tag", change)
    assert filed.music() == [filed.path]
    assert not change(filed.path, before_replacing=lambda old, new: None), "it is done already"
    filed.library.check_catalogue()
    assert filed.undo("tag") == []
    assert filed.undo("rename") == []
    assert filed.library.tree() == filed.before


def test_two_who_tag_one_file_keep_each_others_tags(
    filed: Filed, meanwhile: Callable[..., None]
) -> None:
    meanwhile(lambda: filed.change("sing", SING))
    assert filed.change("level", LEVEL)
    assert has_lyrics(filed.path)
    assert read_gain(filed.path)
    filed.library.check_catalogue()
    assert filed.undo("level") == []
    assert filed.undo("sing") == []
    assert filed.library.tree() == filed.before


def test_a_file_that_changes_each_time_is_left_for_later(
    filed: Filed, meanwhile: Callable[..., None]
) -> None:
    def retitle() -> None:
        title = read_tags(filed.path).title + "!"
        write_tags(filed.path, build_tags(make_placements(title)[0]))

    meanwhile(retitle, times=99)
    with pytest.raises(TransientError, match="meanwhile"):
        filed.change("level", LEVEL)
    assert read_tags(filed.path).title == "One!!!"
    assert filed.library.catalog.journal.of_run("level") == []
    assert filed.music() == [filed.path]


@pytest.mark.parametrize("other", ["renames", "tags"])
def test_a_change_is_not_undone_over_what_somebody_else_does(
    other: str, filed: Filed, meanwhile: Callable[..., None]
) -> None:
    filed.change("level", LEVEL)
    meanwhile(filed.rename if other == "renames" else lambda: filed.change("sing", SING))
    (reason,) = filed.undo("level")
    assert "meanwhile" in reason
    assert filed.music() == [filed.path]
    assert read_gain(filed.path)
    assert has_lyrics(filed.path) == (other == "tags")
    filed.library.check_catalogue()
    assert filed.undo("rename" if other == "renames" else "sing") == []
    assert filed.undo("level") == []
    assert filed.library.tree() == filed.before


def test_two_renames_at_once_do_not_move_each_others_files(
    tmp_path: Path, database: Database, made_audio: dict[str, Path]
) -> None:
    library = FiledLibrary(tmp_path, database)
    one, two = library.file(make_placements("One", "Two"), made_audio["flac"])
    was_one, was_two = library.path(one), library.path(two)
    aside, acts = was_one.with_name("aside.flac"), by_hand(library)
    for track_id, path in ((one, aside), (two, was_one), (one, was_two)):
        acts.rename(track_id, library.path(track_id), path)
    before = library.tree()
    with pytest.raises(TransientError, match="another track"):
        by_hand(library).rename(one, was_one, aside)
    assert library.tree() == before
    assert library.catalog.journal.open_entries() == []
