"""What the tags of a recording are, from the stored catalogue."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import select

from shanty.catalog import Catalog
from shanty.db import Database
from shanty.db.tables import releases
from shanty.music.entities import (
    VARIOUS_ARTISTS_MBID,
    Artist,
    ArtistCredit,
    CreditedArtist,
    LabelInfo,
    Medium,
    Placement,
    Recording,
    Release,
    ReleaseGroup,
    Track,
)
from shanty.providers.musicbrainz import MusicBrainz
from shanty.tags.mapping import TEXT_TAGS
from shanty.tags.tagging import TagSet, build_tags
from tests.world.discographies import FAST, make_artist, make_group, make_release, serve


def credit(*names: tuple[str, str, str, str]) -> ArtistCredit:
    return ArtistCredit(
        tuple(CreditedArtist(Artist(i, n, sort), n, join) for i, n, sort, join in names)
    )


def placement(**changes: Any) -> Placement:
    artists = credit(("q", "Queen", "Queen", " & "), ("b", "Bowie", "Bowie, David", ""))
    recording = Recording("rec", "Under Pressure", artists, 248_000, ("GB1", "GB2"))
    track = Track("trk", 11, "11", "Under Pressure", recording, artists)
    other = Medium(1, "CD", "", (), 9)
    medium = Medium(2, "CD", "Bonus", (track,), 14)
    group = ReleaseGroup("grp", "Hot Space", artists, "Album", ("Live",), "1982-05-21")
    values: dict[str, Any] = {
        "mbid": "rel",
        "title": "Hot Space",
        "artist_credit": credit(("q", "Queen", "Queen", "")),
        "release_group": group,
        "status": "Official",
        "country": "XE",
        "date": "1991-06",
        "barcode": "",
        "label": "EMI",
        "catalog_number": "CDP 1",
        "media": (other, medium),
    }
    return Placement(Release(**(values | changes)), medium, track)


def test_tags_of_a_placement() -> None:
    assert build_tags(placement()) == TagSet(
        title="Under Pressure",
        artist="Queen & Bowie",
        artists=("Queen", "Bowie"),
        artist_sort="Queen & Bowie, David",
        album="Hot Space",
        album_artist="Queen",
        album_artists=("Queen",),
        album_artist_sort="Queen",
        date="1991-06",
        original_date="1982-05-21",
        original_year="1982",
        track_number=11,
        track_total=14,
        disc_number=2,
        disc_total=2,
        disc_subtitle="Bonus",
        media="CD",
        labels=("EMI",),
        catalog_numbers=("CDP 1",),
        isrcs=("GB1", "GB2"),
        release_types=("album", "live"),
        release_status="official",
        release_country="XE",
        recording_mbid="rec",
        track_mbid="trk",
        release_mbid="rel",
        release_group_mbid="grp",
        artist_mbids=("q", "b"),
        album_artist_mbids=("q",),
    )


def test_a_release_by_various_artists_is_a_compilation() -> None:
    various = credit((VARIOUS_ARTISTS_MBID, "Various Artists", "Various Artists", ""))
    assert build_tags(placement(artist_credit=various)).is_compilation is True


def test_the_table_names_every_text_field_once() -> None:
    assert sorted(tag.field for tag in TEXT_TAGS) == sorted(TagSet().texts())
    for column in ("id3", "vorbis", "mp4"):
        names = [getattr(tag, column).lower() for tag in TEXT_TAGS]
        assert len(set(names)) == len(names)


def test_several_labels_and_numbers_each_once() -> None:
    infos = (
        LabelInfo("EMI", "A 1"),
        LabelInfo("Parlophone", "A 1"),
        LabelInfo("EMI", "B 2"),
        LabelInfo("", "C 3"),
    )
    tags = build_tags(placement(label_infos=infos))
    assert tags.labels == ("EMI", "Parlophone")
    assert tags.catalog_numbers == ("A 1", "B 2", "C 3")


def test_a_credit_is_joined_as_printed_and_listed_by_artist() -> None:
    names = credit(
        ("a", "Björk", "Björk", " feat. "),
        ("b", "AC/DC", "AC/DC", " & "),
        ("c", "Simon; Garfunkel", "Simon", ""),
    )
    one = placement(artist_credit=names)
    track = replace(one.track, artist_credit=names)
    tags = build_tags(replace(one, track=track))
    assert tags.artist == tags.album_artist == "Björk feat. AC/DC & Simon; Garfunkel"
    assert tags.artists == tags.album_artists == ("Björk", "AC/DC", "Simon; Garfunkel")
    assert tags.artist_sort == tags.album_artist_sort == "Björk feat. AC/DC & Simon"
    assert tags.artist_mbids == tags.album_artist_mbids == ("a", "b", "c")


def test_everything_comes_through_musicbrainz_and_the_catalogue(database: Database) -> None:
    """It follows values from the server's answer through the database into the tags."""
    infos = (LabelInfo("EMI", "A 1"), LabelInfo("Parlophone", ""), LabelInfo("", "B 2"))
    group = make_group(make_artist("Anna"), "First", date="2001-02-03")
    release = make_release(
        group, ["One"], ["Two"], label_infos=infos, script="Latn", asin="B000007624", barcode="1"
    )
    with serve(release) as server:
        asked = MusicBrainz(server.url, rate=FAST).get_release(release.mbid)
    medium = asked.media[1]
    with database.begin() as tx:
        track_id = Catalog(database).tracks.want(tx, Placement(asked, medium, medium.tracks[0]))
    tags = build_tags(Catalog(database).tracks.get_placement(track_id))
    assert (tags.labels, tags.catalog_numbers) == (("EMI", "Parlophone"), ("A 1", "B 2"))
    assert (tags.script, tags.asin, tags.barcode) == ("Latn", "B000007624", "1")
    assert (tags.disc_number, tags.disc_total, tags.original_year) == (2, 2, "2001")


def test_a_release_stored_before_all_labels_were_kept_still_loads(database: Database) -> None:
    group = make_group(make_artist("Anna"), "First")
    release = make_release(group, ["One"], label="EMI", catalog_number="A 1")
    medium = release.media[0]
    catalog = Catalog(database)
    with database.begin() as tx:
        track_id = catalog.tracks.want(tx, Placement(release, medium, medium.tracks[0]))
        document = tx.execute(select(releases.c.document)).scalar_one()
        assert {"label_infos", "script", "asin"}.isdisjoint(document), "as it was stored then"
    tags = build_tags(catalog.tracks.get_placement(track_id))
    assert (tags.labels, tags.catalog_numbers) == (("EMI",), ("A 1",))
