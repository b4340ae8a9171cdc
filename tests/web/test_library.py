"""The library's pages: what is there, what plays, and metadata that would rather be markup."""

from __future__ import annotations

import re
from pathlib import Path

from tests.world.filed_library import FiledLibrary, make_placements
from tests.world.hostile_metadata import HOSTILE, Reader
from tests.world.page_server import Pages


def test_an_album_is_found_shown_and_played(
    library: FiledLibrary, pages: Pages, made_audio: dict[str, Path]
) -> None:
    audio = made_audio["mp3"]
    ids = library.file(make_placements("One", "Two"), audio)
    with library.database.begin() as tx:
        (wanted,) = make_placements("Not yet", album="Second")
        library.catalog.tracks.want(tx, wanted)
    page = pages.get("/library")
    assert page.text.count('class="album"') == 1 and "First" in page.text and "2001" in page.text
    (key,) = set(re.findall(r"/library/([0-9a-f-]{36})", page.text))
    assert "First" in pages.get("/library?q=anna+two").text
    assert "Nothing found" in pages.get("/library?q=anna+three").text
    assert "Second" in pages.get("/library?view=missing").text
    assert "2 tracks" in pages.get("/library?view=artists").text
    assert "First" in pages.get("/library?codec=mp3&below=128").text
    for other in ("codec=flac", "codec=mp3&below=32", "below=1"):
        assert "Nothing found" in pages.get(f"/library?{other}").text, other
    assert pages.api("/library/albums?codec=mp3&below=128").json()["total"] == 1
    assert pages.api("/library/albums?below=-1").status == 422
    album = pages.get(f"/library/{key}").text
    assert all(f"/tracks/{track_id}/audio" in album for track_id in ids)
    cover = pages.get(f"/covers/{key}")
    assert cover.headers["content-type"] == "image/jpeg" and cover.body[:2] == b"\xff\xd8"
    again = pages.get(f"/covers/{key}", If_None_Match=cover.headers["etag"])
    assert again.status == 304
    assert pages.get("/covers/nothing").headers["content-type"] == "image/svg+xml"

    content = library.path(ids[0]).read_bytes()
    whole = pages.get(f"/tracks/{ids[0]}/audio")
    assert (whole.status, whole.headers["content-type"]) == (200, "audio/mpeg")
    assert whole.body == content
    part = pages.get(f"/tracks/{ids[0]}/audio", Range="bytes=100-199")
    assert part.status == 206 and part.body == content[100:200]
    assert part.headers["content-range"] == f"bytes 100-199/{len(content)}"
    assert pages.get(f"/tracks/{ids[0]}/audio", Range="bytes=999999999-").status == 416
    library.path(ids[0]).unlink()
    assert pages.get(f"/tracks/{ids[0]}/audio").status == 404
    for number in ("0", "-1", "99999", str(2**70)):
        assert pages.get(f"/tracks/{number}/audio").status == 404

    found = pages.api("/library/albums?limit=1").json()
    assert (found["total"], found["items"][0]["title"]) == (1, "First")
    assert pages.api(f"/library/albums/{key}").json()[0]["status"] == "in_library"
    assert pages.api("/library/artists").json()["items"][0]["tracks"] == 2
    assert len(pages.api("/library/arrivals").json()) == 1
    assert pages.api("/library/albums?limit=0").status == 422


def test_hostile_metadata_is_text_everywhere(library: FiledLibrary, pages: Pages) -> None:
    with library.database.begin() as tx:
        for number, name in enumerate(HOSTILE):
            (placement,) = make_placements(name, artist=f"{name}.", album=f"{name} {number}")
            track_id = library.catalog.tracks.want(tx, placement)
            library.catalog.tracks.set_status(tx, track_id, "in_library", name)
    listed = pages.get("/library")
    albums = re.findall(r'href="(/library/[^"?]+)"', listed.text)
    assert len(albums) == len(HOSTILE)
    for path in ("/", "/library", "/library?view=artists", *albums):
        found = Reader(pages.get(path).text)
        assert not [tag for tag, _ in found.tags if tag in ("iframe", "object", "style")]
        assert len([tag for tag, _ in found.tags if tag == "script"]) == 1, "ours"
        for _, attributes in found.tags:
            assert not [name for name in attributes if name.startswith("on")], attributes
            for name in ("href", "src", "action"):
                assert (attributes.get(name) or "/").startswith(("/", "#", "?")), attributes
    assert all(name in Reader(listed.text).text for name in HOSTILE)
    for name in HOSTILE:  # asked for by an address, too
        answer = pages.get(f"/library?q={re.sub('[^a-z]', '%3C', name)[:900]}")
        assert answer.status == 200
        Reader(answer.text)
