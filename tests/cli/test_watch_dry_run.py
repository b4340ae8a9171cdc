"""``shanty watch add --dry-run`` tells what a wish would add, and adds nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.world.discographies import serve
from tests.world.one_discography import ARTIST, EVERYTHING, FIRST
from tests.world.shell import Shell


@pytest.fixture(autouse=True)
def catalogue(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with serve(*EVERYTHING) as server:
        monkeypatch.setenv("SHANTY_MUSICBRAINZ__URL", server.url)
        monkeypatch.setenv("SHANTY_MUSICBRAINZ__RATE", "1000")
        monkeypatch.setenv("SHANTY_DOWNLOAD__INTERVAL", "5s")  # the estimate depends on it
        yield


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["artist", ARTIST.mbid], "would add 2 albums, 3 tracks, about 22 s, 108.0 kB"),
        (["artist", ARTIST.mbid, "--type", "ep"], "would add 1 album, 1 track, about 8 s"),
        (["album", FIRST.release_group.mbid], "would add 1 album, 2 tracks, about 15 s"),
        (["track", FIRST.media[0].tracks[0].recording.mbid], "would add 1 album, 1 track"),
    ],
)
def test_each_kind_of_wish_can_be_tried(shanty: Shell, words: list[str], line: str) -> None:
    assert shanty("watch", "add", *words, "--dry-run") == 0, shanty.err
    assert line in shanty.out
    assert "nothing is added" in shanty.out
    found = shanty.json("watch", "add", *words, "--dry-run")
    assert isinstance(found, dict)
    assert f"{found['tracks']} track" in line
    assert found["tracks"] == sum(album["tracks"] for album in found["of_albums"])
    assert shanty.json("watch", "ls") == []
