"""An artist who has nothing of what is asked for: what there is instead, and how to ask for it."""

from __future__ import annotations

from typing import Any

import pytest

from shanty.db import Database
from shanty.music.entities import Release
from shanty.watching.absence import describe_absence
from tests.world.databases import ON_SQLITE
from tests.world.discographies import Watcher, make_group, make_release, serve
from tests.world.one_discography import ARTIST, EP, FIRST, LIVE, SINGLE

LIVE_EP = make_release(make_group(ARTIST, "Both", "EP", also=["Live"], date="2004"), ["Five"])
OTHER_EP = make_release(make_group(ARTIST, "Fewer", "EP", date="2006"), ["Six"])


@ON_SQLITE
@pytest.mark.parametrize(
    ("releases", "wish", "told"),
    [
        ([EP], {}, "no albums; 1 EP: `--type ep`"),
        ([EP, OTHER_EP, SINGLE], {}, "no albums; 2 EPs: `--type ep`; 1 single: `--type single`"),
        ([LIVE], {}, "no albums; 1 live album: `--also live`"),
        ([LIVE_EP], {}, "no albums; 1 live EP: `--type ep --also live`"),
        (
            [FIRST],
            {"from_date": "2010-01-01"},
            "no albums since 2010-01-01; 1 album: `--from-date any`",
        ),
        (
            [FIRST],
            {"primary_types": ("EP", "Single")},
            "no EPs and singles; 1 album: `--type album`",
        ),
        ([], {}, "no albums"),
        ([FIRST, EP], {}, ""),
    ],
)
def test_what_there_is_instead_is_said_with_its_options(
    database: Database, releases: list[Release], wish: dict[str, Any], told: str
) -> None:
    with serve(*releases, artists=[ARTIST]) as server:
        watcher = Watcher(database, server.url)
        rule_id = watcher.watch(ARTIST, **wish)
        asked = len(server.asked)
        rule = watcher.catalog.rules.get(rule_id)
        assert describe_absence(rule, watcher.expansion()) == told
        assert len(server.asked) == asked
