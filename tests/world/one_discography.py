"""The discography of an artist called Somebody, and which of its albums a watch means."""

from __future__ import annotations

from tests.world.discographies import make_artist, make_group, make_release

ARTIST = make_artist("Somebody")
OTHER = make_artist("Somebody Else")
FIRST = make_release(make_group(ARTIST, "First", date="2001"), ["One", "Two"])
SECOND = make_release(make_group(ARTIST, "Second", date="2003"), ["Three"])
SINGLE = make_release(make_group(ARTIST, "One", "Single", date="2000"), ["One", "Flip"])
LIVE = make_release(make_group(ARTIST, "Stage", also=["Live"], date="2005"), ["One (live)"])
BEST = make_release(make_group(ARTIST, "Best", also=["Compilation"], date="2009"), ["One", "New"])
EP = make_release(make_group(ARTIST, "Few", "EP", date="2002"), ["Four"])
EVERYTHING = (FIRST, SECOND, SINGLE, LIVE, BEST, EP)
STUDIO = {"One": "First", "Two": "First", "Three": "Second"}
