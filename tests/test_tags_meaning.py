"""What the tags of a recording are, from the stored catalogue."""

from __future__ import annotations

from typing import Any

from shanty.library.tag_mapping import TEXT_TAGS
from shanty.library.tags import (
    TagSet,
    build_tags,
)
from shanty.models import (
    VARIOUS_ARTISTS_MBID,
    Artist,
    ArtistCredit,
    CreditedArtist,
    Medium,
    Placement,
    Recording,
    Release,
    ReleaseGroup,
    Track,
)
from tests.audio_files import made_audio
from tests.tag_samples import (
    audio_file,
)

__all__ = ["audio_file", "made_audio"]


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
