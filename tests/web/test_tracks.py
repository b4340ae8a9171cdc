"""A track's page: its file and why it is this one; wrong song, removal, another try."""

from __future__ import annotations

from pathlib import Path

from shanty.models import Candidate, Lyrics, Stage, TrackStatus
from shanty.tags.lyrics import spell_beside
from tests.world.filed_library import FiledLibrary, make_placements
from tests.world.hostile_metadata import HOSTILE, Reader
from tests.world.page_server import Pages


def test_a_track_shows_its_file_and_why_it_is_this_one(
    library: FiledLibrary, pages: Pages, made_audio: dict[str, Path]
) -> None:
    (track_id,) = library.file(make_placements("One"), made_audio["mp3"])
    file = library.catalog.files.of_track(track_id)
    assert file is not None
    beside, content = spell_beside(file.path, Lyrics(synced="[00:01.00]Hear <b>this</b>\n"))
    beside.write_bytes(content)
    page = pages.get(f"/tracks/{track_id}").text
    assert str(file.path.relative_to(library.library_dir)) in Reader(page).text
    assert "Why this one" in page and "in library" in page and "kbit/s" in page
    assert "Hear &lt;b&gt;this&lt;/b&gt;" in page and "[00:01" not in page
    assert ">filed<" in page and f'data-play="/tracks/{track_id}/audio"' in page
    album = library.catalog.tracks.get(track_id).release_key
    assert f'href="/tracks/{track_id}"' in pages.get(f"/library/{album}").text
    told = pages.api(f"/tracks/{track_id}").json()
    assert told["is_filed"] and told["lyrics"] == "Hear <b>this</b>" and told["source_id"]
    assert told["acts"][-1]["what"] == "filed" and told["codec"] == "mp3"
    for number in ("0", "999", str(2**70)):
        assert pages.get(f"/tracks/{number}").status in (404, 422)
        assert pages.api(f"/tracks/{number}").status in (404, 422)


def test_a_wrong_song_goes_and_another_one_is_fetched(
    library: FiledLibrary, pages: Pages, made_audio: dict[str, Path]
) -> None:
    (track_id,) = library.file(make_placements("One"), made_audio["mp3"])
    file = library.catalog.files.of_track(track_id)
    assert file is not None
    told = pages.follow(pages.post(f"/tracks/{track_id}", what="wrong"))
    assert "another one is fetched" in told.text and "/undo" in told.text
    assert not file.path.exists()
    assert library.catalog.tracks.get(track_id).status is TrackStatus.WANTED
    (item,) = library.queue.overview.live_of_tracks([track_id]).values()
    assert item.stage is Stage.DOWNLOAD
    again = pages.follow(pages.post(f"/tracks/{track_id}", what="wrong"))
    assert 'role="alert"' in again.text and "Shanty has not filed it" in again.text


def test_what_is_removed_stays_away_until_it_is_taken_back(
    library: FiledLibrary, pages: Pages, made_audio: dict[str, Path]
) -> None:
    (track_id,) = library.file(make_placements("One"), made_audio["mp3"])
    done = pages.api(f"/tracks/{track_id}/remove", "POST").json()
    assert library.catalog.tracks.get(track_id).status is TrackStatus.REMOVED
    with library.database.begin() as tx:
        library.queue.items.enqueue_wanted(tx)
    assert not library.queue.overview.live_of_tracks([track_id])
    assert "removed by hand" in pages.get(f"/tracks/{track_id}").text
    assert pages.post(f"/history/{done['run_id']}/undo").status == 303
    assert library.catalog.tracks.get(track_id).status is TrackStatus.IN_LIBRARY
    assert pages.api(f"/tracks/{track_id}/remove", "POST").status == 200
    assert pages.api(f"/tracks/{track_id}/remove", "POST").status == 409


def test_a_track_that_has_failed_is_tried_again_or_chosen(
    library: FiledLibrary, pages: Pages
) -> None:
    catalog, queue = library.catalog, library.queue
    (placement,) = make_placements("One")
    with library.database.begin() as tx:
        track_id = catalog.tracks.want(tx, placement)
        hits = [Candidate("made", f"{n}", f"http://made/{n}", one) for n, one in enumerate(HOSTILE)]
        catalog.candidates.record(tx, track_id, [*hits, Candidate("made", "js", HOSTILE[2], "x")])
    told = pages.follow(pages.post(f"/tracks/{track_id}", what="retry"))
    assert "nothing of track" in told.text
    with library.database.begin() as tx:
        queue.items.enqueue_wanted(tx)
    (item,) = queue.overview.live_of_tracks([track_id]).values()
    queue.by_hand.cancel(item.id)
    with library.database.begin() as tx:
        catalog.tracks.set_status(tx, track_id, TrackStatus.FAILED, "nothing fits")
    page = pages.get(f"/tracks/{track_id}")
    found = Reader(page.text)
    assert all(name in found.text for name in HOSTILE) and "nothing fits" in found.text
    assert len([tag for tag, _ in found.tags if tag == "script"]) == 1, "ours"
    assert not [a for _, a in found.tags if (a.get("href") or "").startswith("javascript:")]
    told = pages.follow(pages.post(f"/tracks/{track_id}", what="retry"))
    assert "will be tried again" in told.text
    assert catalog.tracks.get(track_id).status is TrackStatus.WANTED
