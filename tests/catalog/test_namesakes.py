"""Rules of one name are told apart wherever they are listed."""

from __future__ import annotations

from dataclasses import replace

from shanty.catalog import Catalog
from shanty.db import Database
from tests.world.discographies import make_artist, make_group


def test_rules_of_one_name_are_told_apart(database: Database) -> None:
    catalog = Catalog(database)
    duo = make_artist("Nachtfalter", disambiguation="electronic duo")
    unknown = replace(make_artist("somebody"), name="Nachtfalter")
    alone = make_artist("Anna", disambiguation="singer")
    albums = [
        replace(make_group(duo, "Moths"), disambiguation="the tape"),
        replace(make_group(unknown, "Moths"), mbid=make_artist("another").mbid),
    ]
    with database.begin() as tx:
        for artist in (duo, alone):
            catalog.discographies.store_artist(tx, artist)
        for artist in (duo, unknown, alone):
            catalog.rules.add(tx, "artist", artist.mbid, artist.name)
        for group in albums:
            catalog.discographies.store_group(tx, group)
            catalog.rules.add(tx, "album", group.mbid, "Nachtfalter – Moths")
        catalog.rules.add(tx, "track", "a-track", "Nachtfalter")
    labels = [rule.label for rule in catalog.rules.list_rules()]
    assert labels == [
        "Nachtfalter (electronic duo)",
        f"Nachtfalter ({unknown.mbid[:8]})",
        "Anna",
        "Nachtfalter – Moths (the tape)",
        f"Nachtfalter – Moths ({albums[1].mbid[:8]})",
        "Nachtfalter",
    ]
    (one,) = catalog.rules.find_rules("nacht", limit=1, offset=4)
    assert one.label == labels[0], "the other one is on another page"
