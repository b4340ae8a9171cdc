"""``undo``, ``library rename``, ``library history`` and ``trash`` as a person meets them."""

from __future__ import annotations

import io
import shutil
import sys
from typing import Any, cast

import pytest

from shanty.config.sections import LIBRARY_MARK
from shanty.config.settings import load_settings
from shanty.models import TrackStatus
from tests.world.filed_library import FiledLibrary
from tests.world.shell import Shell


def test_rename_is_shown_done_and_undone(
    shanty: Shell, filed: FiledLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = filed.tree()
    assert shanty("library", "rename") == 0
    assert "0 of 2 files would move" in shanty.out
    assert shanty("library", "rename", "--template", "{title}.{ext}") == 0
    assert "Anna/First (2001)/01 One.opus → One.opus" in shanty.out
    assert "2 of 2 files would move: 2 for another folder" in shanty.out
    assert filed.tree() == before
    monkeypatch.setenv("SHANTY_LIBRARY__TEMPLATE", "{title}.{ext}")
    plan = cast(dict[str, Any], shanty.json("library", "rename", "--dry-run"))
    assert [move["why"] for move in plan["moves"]] == ["another folder"] * 2
    assert shanty("library", "rename", "--apply") == 0
    assert "2 files moved, and 1 that belong to them" in shanty.out
    run_id = shanty.out.split("`shanty undo ")[1].split("`")[0]
    assert sorted(path.name for path in filed.library_dir.iterdir()) == [
        LIBRARY_MARK,
        "One.opus",
        "Two.opus",
        "cover.jpg",
    ]
    assert shanty("undo", run_id, "--dry-run") == 0
    assert shanty.out.count("would undo: renamed") == 3
    undone = cast(dict[str, Any], shanty.json("undo", run_id))
    assert len(undone["undone"]) == 3
    assert undone["refused"] == []
    assert filed.tree() == before
    assert "undone already" in shanty.fails("undo", run_id)


def test_history_and_the_beginning_of_a_run(shanty: Shell, filed: FiledLibrary) -> None:
    (run,) = cast(list[dict[str, Any]], shanty.json("library", "history"))
    assert run["acts"] == {"place": 2, "cover": 1, "tag": 2}
    assert shanty("library", "history") == 0
    assert "7e0b6d52-first" in shanty.out
    assert "1 cover," in shanty.out
    entries = cast(list[dict[str, Any]], shanty.json("library", "history", "7e0b6d52"))
    assert len(entries) == 5
    assert "no run is" in shanty.fails("library", "history", "7e")
    assert shanty("undo", "7e0b6d52") == 0
    assert filed.tree() == {}
    trash = cast(list[dict[str, Any]], shanty.json("trash", "ls"))
    assert len(trash) == 3
    assert shanty("library", "history") == 0
    assert "all" in shanty.out


def test_trash_and_back(shanty: Shell, filed: FiledLibrary) -> None:
    before = filed.tree()
    assert shanty("review", "reject", "One") == 0
    assert "its file is in the trash, 1 rejected" in shanty.out
    (trashed,) = cast(list[dict[str, Any]], shanty.json("trash", "ls"))
    assert trashed["original_path"].endswith("01 One.opus")
    assert shanty("trash", "empty", "--older-than", "30d") == 0
    assert shanty("trash", "empty", "--dry-run") == 0
    assert "01 One.opus" in shanty.out
    assert shanty("trash", "restore", str(trashed["id"])) == 0
    assert filed.tree() == before
    (track, _) = filed.catalog.tracks.list_tracks()
    assert track.status is TrackStatus.IN_LIBRARY
    assert shanty("review", "reject", "One") == 0
    trash_dir = filed.settings.library.trash_dir
    away = trash_dir.rename(trash_dir.with_name("away"))
    assert shanty("trash", "empty") == 0
    assert "0 files deleted\n1 file was not found in the trash" in shanty.out
    away.rename(trash_dir)
    assert shanty("trash", "empty") == 0
    assert shanty.out == "1 file deleted\n"
    assert "no longer there" in _refused(shanty, "undo", "One")


class Terminal(io.StringIO):
    """What somebody types at a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_is_asked_before_the_trash_is_emptied(
    shanty: Shell, filed: FiledLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shanty("review", "reject", "One") == 0
    monkeypatch.setattr(sys, "stdin", Terminal("n\n"))
    assert "nothing was deleted" in shanty.fails("trash", "empty")
    assert len(cast(list[Any], shanty.json("trash", "ls"))) == 1
    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    assert shanty("trash", "empty") == 0
    assert "1 file deleted" in shanty.out
    monkeypatch.setattr(sys, "stdin", Terminal())
    assert shanty("trash", "empty", "--yes") == 0, "nobody is asked"


def test_a_trash_that_a_person_has_removed(shanty: Shell, filed: FiledLibrary) -> None:
    assert shanty("review", "reject", "One") == 0
    shutil.rmtree(filed.settings.library.trash_dir)
    assert shanty("trash", "empty") == 0
    assert "forgotten with `shanty trash empty --emptied`" in shanty.out
    assert shanty("trash", "empty", "--emptied") == 0
    assert shanty.json("trash", "ls") == []


def test_the_playlists_follow_at_once(
    shanty: Shell, filed: FiledLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHANTY_PLAYLISTS__ENABLED", "true")
    with filed.database.begin() as tx:
        rule_id = filed.catalog.rules.add(tx, "artist", "made-up", "Anna")
        filed.catalog.rules.tie_tracks(
            tx, rule_id, [track.id for track in filed.catalog.tracks.list_tracks()]
        )
    playlist = load_settings().playlists_dir / "Anna.m3u8"

    def songs() -> list[str]:
        return [name for name in ("One", "Two") if f"{name}.opus" in playlist.read_text()]

    assert shanty("undo", "One", "--dry-run") == 0
    assert not playlist.exists(), "nothing was done"
    assert shanty("undo", "One") == 0
    assert songs() == ["Two"]
    assert shanty("trash", "restore", "1") == 0
    assert songs() == ["One", "Two"]
    assert shanty("review", "reject", "Two") == 0
    assert songs() == ["One"]


def _refused(shanty: Shell, *words: str) -> str:
    assert shanty(*words) == 1
    assert "could not be undone" in shanty.err
    return shanty.out


@pytest.mark.parametrize(
    "words",
    [
        ("undo", "nonsense"),
        ("undo", ""),
        ("undo", "\x1b[31m"),
        ("undo", "99"),
        ("library", "history", "nonsense"),
        ("library", "rename"),
        ("library", "rename", "--template", "{nonsense}"),
        ("library", "rename", "--template", "../{title}.{ext}"),
        ("trash", "restore", "99"),
    ],
    ids=" ".join,
)
def test_nonsense_is_one_sentence(shanty: Shell, words: tuple[str, ...]) -> None:
    sentence = shanty.fails(*words)
    assert sentence.startswith("shanty: ")
    assert sentence.isprintable()


@pytest.mark.parametrize(
    "words",
    [
        ("library", "rename", "--apply", "--dry-run"),
        ("library", "rename", "--apply", "--template", "{title}.{ext}"),
        ("trash", "restore", "nonsense"),
        ("trash", "restore", "99999999999999999999"),
        ("trash", "empty", "--older-than", "soon"),
    ],
    ids=" ".join,
)
def test_wrong_usage(shanty: Shell, words: tuple[str, ...]) -> None:
    assert shanty(*words) == 2
    assert "Traceback" not in shanty.err


def test_tracks_are_removed_and_brought_back(shanty: Shell, filed: FiledLibrary) -> None:
    before = filed.tree()
    assert "no track" in shanty.fails("tracks", "remove", "One", "nothing like it")
    assert filed.tree() == before, "none is removed if one is not known"
    assert shanty("tracks", "remove", "One") == 0
    run_id = shanty.out.split("`shanty undo ")[1].split("`")[0]
    states = {one.title: one.status for one in filed.catalog.tracks.list_tracks()}
    assert states == {"One": TrackStatus.REMOVED, "Two": TrackStatus.IN_LIBRARY}
    assert "Shanty has not filed it" in shanty.fails("tracks", "remove", "One")
    assert shanty("undo", run_id) == 0
    assert filed.tree() == before
