"""Whoever is killed while moving in leaves whole rules, and the next import adds the rest."""

from __future__ import annotations

from pathlib import Path

from shanty.config.sections import CatalogueSettings
from shanty.db import Database, open_database
from shanty.music.entities import Artist
from shanty.watching.expansion import Expansion
from shanty.watching.moving.plan import MovedWish, Standing, propose, take_over
from shanty.watching.watch import Wish
from tests.world.discographies import make_artist, make_group
from tests.world.killed_steps import killed_at
from tests.world.musicbrainz_server import client, serve
from tests.world.stored_rows import read_rows

TABLES = ("watch_rules", "rule_exclusions", "rule_groups")


def wishes() -> list[MovedWish]:
    artists = [make_artist(name) for name in ("Anna", "Bert", "Cleo")]
    albums = [make_group(artists[0], title) for title in ("First", "Second")]
    left_out = tuple((f"{number:08}-0000-4000-8000-000000000000", str(number)) for number in (1, 2))
    return [
        *(MovedWish.of_artist(Artist(one.mbid, one.name), Wish(), left_out) for one in artists[1:]),
        *(MovedWish.of_album(one) for one in albums),
    ]


def move_in(database: Database) -> None:
    with serve(lambda request: None) as server:  # type: ignore[arg-type, return-value]
        expansion = Expansion(database, client(server), CatalogueSettings())
        for one in propose(wishes(), expansion.catalog):
            if one.standing is Standing.NEW:
                take_over(one, expansion)
        assert server.requests == []


def rules_in(url: str) -> dict[str, list[str]]:
    database = open_database(url)
    try:
        rows = read_rows(database)
    finally:
        database.dispose()
    # Without the moment and, for what depends on it, the number of each rule.
    return {name: sorted(",".join(row.split(",")[1:4]) for row in rows[name]) for name in TABLES}


def test_a_killed_import_is_finished_by_the_next(tmp_path: Path) -> None:
    def act(url: str) -> None:
        database = open_database(url)
        move_in(database)
        database.dispose()

    whole = f"sqlite:///{tmp_path / 'whole.db'}"
    act(whole)
    expected, step, partly = rules_in(whole), 1, 0
    while True:
        url = f"sqlite:///{tmp_path / f'{step}.db'}"
        open_database(url).dispose()
        if not killed_at(step, lambda url=url: act(url)):  # type: ignore[misc]
            break
        left = rules_in(url)
        partly += 0 < len(left["watch_rules"]) < len(expected["watch_rules"])
        artists = [row for row in left["watch_rules"] if "artist" in row]
        assert len(left["rule_exclusions"]) == 2 * len(artists), "a rule without what it leaves out"
        act(url)
        assert rules_in(url) == expected
        step += 19
    assert partly, "none was killed between two rules"
