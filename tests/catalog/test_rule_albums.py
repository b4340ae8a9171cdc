"""The albums of rules: what is announced is what is not out yet; a part of the rules by words."""

from __future__ import annotations

from datetime import date

import pytest

from shanty.catalog import Catalog
from shanty.catalog.releases import is_released
from shanty.db import Database
from tests.world.databases import ON_SQLITE, add_tracks
from tests.world.discographies import make_group
from tests.world.one_discography import ARTIST

DATES = ("", "2025", "2026", "2026-02", "2026-12", "2026-02-28", "2026-12-31", "2027", "2030-01")


def test_what_is_announced_is_what_is_not_out(database: Database) -> None:
    catalog = Catalog(database)
    with database.begin() as tx:
        rule_id = catalog.rules.add(tx, "artist", "an-artist", "Somebody")
        for when in DATES:
            group = make_group(ARTIST, f"of {when}", date=when)
            catalog.discographies.store_group(tx, group)
            catalog.rules.tie_groups(tx, rule_id, [(group.mbid, 1)])
    for today in (date(2026, 2, 28), date(2026, 12, 30), date(2026, 12, 31), date(2027, 1, 1)):
        found = [one.date for one in catalog.rule_albums.announced(today, limit=100)]
        assert found == sorted(when for when in DATES if not is_released(when, today)), today
        assert catalog.rule_albums.count_announced(today) == len(found)
    (second,) = catalog.rule_albums.announced(date(2026, 1, 1), limit=1, offset=1)
    assert (second.date, second.title, second.rule_name) == ("2026-02", "of 2026-02", "Somebody")


@pytest.mark.parametrize(
    ("words", "found"),
    [("", "cba"), ("ANNA", "ba"), ("two anna", "b"), ("100%", "c"), ("_", ""), ("0%", "c")],
)
@ON_SQLITE
def test_rules_are_found_by_words_the_newest_first(
    database: Database, words: str, found: str
) -> None:
    catalog = Catalog(database)
    names = {"a": "Anna", "b": "anna Two", "c": "100% Üml"}
    with database.begin() as tx:
        for mbid, name in names.items():
            catalog.rules.add(tx, "artist", mbid, name)
    rules = catalog.rules.find_rules(words, limit=10)
    assert "".join(rule.mbid for rule in rules) == found
    assert catalog.rules.count_rules(words) == len(found)
    assert [one.mbid for one in catalog.rules.find_rules("", limit=1, offset=1)] == ["b"]


def test_the_tracks_of_one_rule_are_read_alone(database: Database) -> None:
    catalog = Catalog(database)
    track_ids = add_tracks(database, 3)
    with database.begin() as tx:
        rule_id = catalog.rules.add(tx, "artist", "an-artist", "Somebody")
        catalog.rules.tie_tracks(tx, rule_id, track_ids[:2])
        catalog.rules.tie_tracks(tx, rule_id, track_ids[:1], "an-album")
    (rule,) = catalog.rules.find_rules("some", limit=1)
    assert rule.counts == {"wanted": 2}, "a track counts once"
    assert sorted(one.id for one in catalog.tracks.list_tracks(rule=rule_id)) == track_ids[:2]
    assert catalog.tracks.list_tracks(rule=rule_id + 1) == []
