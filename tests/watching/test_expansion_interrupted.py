"""An expansion that is interrupted goes on where it was, and asks nothing twice."""

from __future__ import annotations

from collections import Counter

import pytest

from shanty.db import Database
from shanty.demo.answers import Answer, Request
from shanty.errors import TransientError, WaitError
from shanty.watching.watch import Wish, watch_artist, watch_recording
from tests.world.databases import Clock
from tests.world.discographies import (
    MadeUpServer,
    Watcher,
    make_group,
    make_many,
    make_recording,
    make_release,
    serve,
)
from tests.world.one_discography import ARTIST, EVERYTHING, STUDIO


def answered(server: MadeUpServer, refused: set[int]) -> Counter[str]:
    return Counter(
        asked for number, asked in enumerate(server.asked, start=1) if number not in refused
    )


def test_nothing_that_was_answered_is_asked_again(database: Database, clock: Clock) -> None:
    """Every request is refused once, so the expansion is interrupted at each of its points."""
    many = make_group(ARTIST, "Many editions", date="2004")
    editions = [make_release(many, ["Five"], edition=str(n), date="2004") for n in range(12)]
    releases = [*make_many(ARTIST, albums=9, tracks=2), *editions]
    refused: set[int] = set()

    def refuse_every_other(_request: object, number: int) -> Answer | None:
        if number % 2 == 0:
            return None
        refused.add(number)
        return Answer(503, headers={"Retry-After": "1"})

    with serve(*releases) as server:
        server.refuse = refuse_every_other
        server.page_size = 5
        watcher = Watcher(database, server.url, clock=clock)
        rule_id = watch_artist(ARTIST, Wish(), watcher.expansion()).rule_id
        for _ in range(50):
            try:
                watcher.expansion().expand(rule_id)
                break
            except WaitError:
                clock.advance(1)
        else:
            pytest.fail("it does not end")
    counted = answered(server, refused)
    assert max(counted.values()) == 1, counted.most_common(3)
    assert counted.total() == 2 + 9 + 3, "two pages, the albums, three pages of editions"
    assert len(watcher.wanted()) == 19
    assert watcher.catalog.rules.get(rule_id).pending_groups == 0


def test_what_there_was_nothing_of_is_not_asked_for_again_either(
    database: Database, clock: Clock
) -> None:
    """Albums that are not found, have no edition, or no tracks yet; then a person asks anew."""
    releases = make_many(ARTIST, albums=9, tracks=1)
    not_found = {release.release_group.mbid for release in releases[::3]}
    no_edition = {release.release_group.mbid for release in releases[1::3]}
    refused: set[int] = set()

    def lack(request: Request, number: int) -> Answer | None:
        group = request.query.get("release-group")
        if number % 2:
            refused.add(number)
            return Answer(503, headers={"Retry-After": "1"})
        if group in not_found:
            return Answer(404)
        empty = b'<metadata xmlns="http://musicbrainz.org/ns/mmd-2.0#"><release-list count="0"/>'
        return Answer(200, empty + b"</metadata>") if group in no_edition else None

    with serve(*releases) as server:
        server.refuse = lack
        watcher = Watcher(database, server.url, clock=clock)
        rule_id = watch_artist(ARTIST, Wish(), watcher.expansion()).rule_id
        for _ in range(50):
            try:
                watcher.expansion().expand(rule_id)
                break
            except WaitError:
                clock.advance(1)
        else:
            pytest.fail("it does not end")
        assert answered(server, refused).total() == 1 + 9, "the listing, and each album once"
        assert len(watcher.wanted()) == 3
        server.refuse = lambda *_: None
        server.asked.clear()
        watcher.expansion().expand(rule_id)
        assert len(server.asked) == 6, "what there was nothing of, as a person asks anew"
    assert len(watcher.wanted()) == 9


def test_a_service_that_is_down_loses_nothing(database: Database) -> None:
    with serve(*EVERYTHING) as server:
        watcher = Watcher(database, server.url)
        rule_id = watch_artist(ARTIST, Wish(), watcher.expansion()).rule_id
        url = server.url
    with pytest.raises(TransientError, match=f"{url} cannot be reached: Connection refused"):
        watcher.expansion().expand(rule_id)
    (rule,) = watcher.catalog.rules.list_rules()
    assert (rule.name, rule.completed_at) == ("Somebody", None)
    with serve(*EVERYTHING) as server:
        Watcher(database, server.url).expansion().expand(rule_id)
    assert watcher.wanted() == STUDIO


def test_a_song_goes_on_at_its_release(database: Database) -> None:
    one = make_recording(ARTIST, "One")
    with serve(*EVERYTHING) as server:
        server.refuse = lambda _request, number: Answer(503) if number == 2 else None
        watcher = Watcher(database, server.url)
        rule_id = watch_recording(one.mbid, watcher.expansion())
        with pytest.raises(WaitError):
            watcher.expansion().expand(rule_id)
        assert watch_recording(one.mbid, watcher.expansion()) == rule_id
        watcher.expansion().expand(rule_id)
        assert len(server.asked) == 3
    assert watcher.wanted() == {"One": "First"}


def test_an_old_interrupted_listing_begins_anew(database: Database, clock: Clock) -> None:
    with serve(*make_many(ARTIST, albums=7, tracks=1)) as server:
        server.page_size = 5
        server.refuse = lambda _request, number: Answer(503) if number == 2 else None
        watcher = Watcher(database, server.url, clock=clock)
        rule_id = watch_artist(ARTIST, Wish(), watcher.expansion()).rule_id
        with pytest.raises(WaitError):
            watcher.expansion().expand(rule_id)
        clock.advance(86400)
        watcher.expansion().expand(rule_id)
        listings = [asked for asked in server.asked if "artist=" in asked]
        assert ["offset" in asked for asked in listings] == [False, True, False, True]
    assert len(watcher.wanted()) == 7
