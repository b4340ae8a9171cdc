"""Collections of MusicBrainz, read page by page as its server answers."""

from __future__ import annotations

import pytest

from shanty.demo.answers import Answer, Request
from shanty.errors import NotFoundError, PermanentError, TransientError
from shanty.music.entities import Artist, ReleaseGroup
from shanty.providers.musicbrainz_collections import Collection, get_collection, read_collection
from shanty.watching.moving.gathered import read_collection_id, read_gathered
from shanty.watching.watch import Wish
from tests.world.musicbrainz_server import client, document, refuse, serve

# Of the server's own tests and of musicbrainzngs' recorded answers.
MBID = "dadae81b-ff9e-464e-8c38-51156557bc36"
QUEEN = (
    '<artist id="0383dadf-2a4e-4d10-a46a-e9e041da8eb3"><name>Queen</name><sort-name>Queen'
    "</sort-name><disambiguation>UK rock group</disambiguation></artist>"
)
GROUP = '<release-group id="{}" type="Album"><title>{}</title></release-group>'


def collection(kind: str, label: str, items: str = "") -> Answer:
    return document(
        f'<collection entity-type="{kind}" id="{MBID}" type="{label}"><name>my shelf</name>'
        f"<editor>somebody</editor>{items}</collection>"
    )


def group_id(number: int) -> str:
    return f"{number:08}-0000-4000-8000-000000000000"


def test_release_groups_come_page_by_page() -> None:
    def answer(request: Request) -> Answer:
        if request.path == f"/ws/2/collection/{MBID}":
            return collection(
                "release_group", "Release group", '<release-group-list count="150" />'
            )
        assert request.path == "/ws/2/release-group/"
        assert request.query["collection"] == MBID
        first = int(request.query.get("offset", "0"))
        groups = "".join(GROUP.format(group_id(n), n) for n in range(first, min(first + 100, 150)))
        return document(f'<release-group-list count="150">{groups}</release-group-list>')

    with serve(answer) as server:
        musicbrainz = client(server)
        found = get_collection(MBID, musicbrainz)
        assert found == Collection(MBID, "my shelf", "release-group")
        groups = list(read_collection(found, musicbrainz))
        assert len(groups) == 150
        assert groups[149] == ReleaseGroup(group_id(149), "149", primary_type="Album")
        assert musicbrainz.requests_made == 3
        moved = list(read_gathered(found, musicbrainz, Wish()))
        assert {(one.kind, one.refusal) for one in moved} == {("album", "")}


def test_an_edition_stands_for_its_album_and_artists_are_artists() -> None:
    album = GROUP.format(group_id(8), "Jazz")
    edition = f'<release id="{group_id(7)}"><title>Jazz</title>{album}</release>'
    inside = {
        "release": f'<release-list count="1">{edition}</release-list>',
        "artist": f'<artist-list count="1">{QUEEN}</artist-list>',
        "recording": f'<recording-list count="1"><recording id="{group_id(9)}"><title>Jealousy'
        f"</title><artist-credit><name-credit>{QUEEN}</name-credit></artist-credit></recording>"
        "</recording-list>",
    }
    with serve(lambda request: document(inside[request.path.split("/")[3]])) as server:
        read = {
            kind: list(read_gathered(Collection(MBID, "", kind), client(server), Wish()))
            for kind in inside
        }
    assert [(one.kind, one.mbid) for one in read["release"]] == [("album", group_id(8))]
    [artist] = read["artist"]
    assert artist.artist == Artist(artist.mbid, "Queen", "Queen", "UK rock group")
    assert [(one.kind, one.name) for one in read["recording"]] == [("track", "Queen – Jealousy")]


def test_what_cannot_be_watched_is_a_sentence() -> None:
    with serve(lambda request: collection("event", "Attending")) as server:
        with pytest.raises(NotFoundError, match="'my shelf' holds events: only artists"):
            get_collection(MBID, client(server))
        server.answer = refuse(401)
        with pytest.raises(PermanentError, match="to its owner alone"):
            get_collection(MBID, client(server))
        server.answer = refuse(404)
        with pytest.raises(NotFoundError, match="has no collection"):
            get_collection(MBID, client(server))
        server.answer = lambda request: document("<collection/>")
        with pytest.raises(TransientError, match="broken collection data"):
            get_collection(MBID, client(server))


def test_a_list_that_says_it_is_longer_ends_all_the_same() -> None:
    with serve(lambda request: document('<artist-list count="9999999" />')) as server:
        assert list(read_collection(Collection(MBID, "", "artist"), client(server))) == []


@pytest.mark.parametrize(
    "text", [MBID, f" {MBID.upper()} ", f"https://musicbrainz.org/collection/{MBID}?page=2"]
)
def test_an_id_or_an_address_names_a_collection(text: str) -> None:
    assert read_collection_id(text) == MBID
    for other in ("", "my shelf", MBID[:-1], f"https://musicbrainz.org/artist/{MBID}", f"{MBID}0"):
        with pytest.raises(NotFoundError, match="is no collection"):
            read_collection_id(other)
