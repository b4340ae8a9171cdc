"""The history's pages: what each run did, what undo would do, undo, and the trash."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from shanty.models import TrackStatus
from tests.world.filed_library import FiledLibrary, by_hand, make_placements
from tests.world.hostile_metadata import HOSTILE, Reader
from tests.world.page_server import Answer, Pages
from web.history import graph_address, is_flow_run
from web.wording import path_part

FLOW_RUN = "7e0b6d52-0000-4000-8000-00000000abcd"


def words_of(answer: Answer) -> str:
    assert answer.status == 200, answer.text
    return " ".join(Reader(answer.text).text.split())


def test_a_run_is_told_undone_and_done_again(
    library: FiledLibrary, pages: Pages, made_audio: dict[str, Path]
) -> None:
    assert "Nothing has happened yet" in pages.get("/history").text
    ids = library.file(make_placements("One", "Two"), made_audio["opus"], FLOW_RUN)
    before = library.tree()
    told = words_of(pages.get("/history"))
    assert "2 tracks filed, 2 files tagged, 1 cover added" in told
    assert "Anna – First" in told and "by a run of Prefect" in told
    run = pages.get(f"/history/{FLOW_RUN}")
    assert "3 files go to the trash" in run.text and "01 One.opus" in run.text
    assert library.tree() == before, "to look changes nothing"

    done = pages.post(f"/history/{FLOW_RUN}/undo")
    assert library.tree() == {}
    assert {library.status(track_id) for track_id in ids} == {TrackStatus.REMOVED}
    reached = pages.follow(done)
    assert "taken back" in reached.text and "come back from the trash" in reached.text
    again = re.findall(r'action="(/history/undo-\w+/undo)"', reached.text)
    assert len(again) == 1
    assert 'class="primary"' not in pages.get(f"/history/{FLOW_RUN}").text, "nothing is left to do"
    assert "undone already" in pages.follow(pages.post(f"/history/{FLOW_RUN}/undo")).text
    pages.post(again[0])
    assert library.tree() == before


def test_what_somebody_has_changed_since_is_said_before_and_left(
    library: FiledLibrary, pages: Pages, made_audio: dict[str, Path]
) -> None:
    one, two = library.file(make_placements("One", "Two"), made_audio["flac"], FLOW_RUN)
    mine = library.path(one).read_bytes() + b"mine"
    library.path(one).write_bytes(mine)
    assert "not by Shanty" in pages.get(f"/history/{FLOW_RUN}").text
    path = library.path(one)
    reached = pages.follow(pages.post(f"/history/{FLOW_RUN}/undo"))
    assert "notice-trouble" in reached.text and "not by Shanty" in reached.text
    assert path.read_bytes() == mine and library.status(two) is TrackStatus.REMOVED


def test_the_trash_is_restored_from_and_emptied(
    library: FiledLibrary, pages: Pages, made_audio: dict[str, Path]
) -> None:
    assert "The trash is empty" in pages.get("/history/trash").text
    ids = library.file(make_placements("One", "Two", "Three"), made_audio["opus"])
    first, second, third = (library.path(track_id) for track_id in ids)
    acts = by_hand(library, "remove")
    acts.trash(first, "not wanted", track_id=ids[0])
    page = pages.get("/history/trash")
    assert "not wanted" in page.text and "01 One.opus" in page.text
    (restore,) = re.findall(r'action="(/history/trash/\d+/restore)"', page.text)
    assert "is there again" in pages.follow(pages.post(restore)).text
    assert first.is_file()
    assert "no file" in pages.follow(pages.post(restore)).text, "the second press"

    in_trash = acts.trash(second, "not wanted", track_id=ids[1])
    asking = pages.get("/history/trash/empty").text
    assert "Delete 1 file for good?" in asking
    (asked_at,) = re.findall(r'name="asked_at" value="(\d+)"', asking)
    later = acts.trash(third, "not wanted", track_id=ids[2])
    assert (
        "1 file is deleted"
        in pages.follow(pages.post("/history/trash/empty", asked_at=asked_at)).text
    )
    assert not in_trash.exists()
    assert later.exists(), "nobody was asked about what came later"
    assert pages.post("/history/trash/empty").status == 422, "unasked"
    assert later.exists()


def test_programs_have_the_same(
    library: FiledLibrary, pages: Pages, made_audio: dict[str, Path]
) -> None:
    library.file(make_placements("One", "Two"), made_audio["opus"], FLOW_RUN)
    (run,) = pages.api("/history").json()["items"]
    assert run["run"] == FLOW_RUN and run["acts"]["place"] == 2
    assert run["albums"][0]["title"] == "First"
    details = pages.api(f"/history/{FLOW_RUN}?limit=1").json()
    assert len(details["acts"]["items"]) == 1 and details["acts"]["total"] == sum(
        run["acts"].values()
    )
    assert details["undo"]["undoable"] == details["acts"]["total"]
    done = pages.api(f"/history/{FLOW_RUN}/undo", "POST").json()
    assert done["undone"] == details["acts"]["total"] and done["refused"] == 0
    again = pages.api(f"/history/{FLOW_RUN}/undo", "POST")
    assert again.status == 409 and "undone already" in again.json()["error"]["message"]
    assert pages.api("/history/nothing").status == 404
    trashed = pages.api("/trash?limit=2").json()
    assert trashed["total"] == 3 and len(trashed["items"]) == 2
    assert pages.api(f"/trash/{trashed['items'][0]['id']}/restore", "POST").status == 200
    assert pages.api("/trash/empty?older_than_days=1", "POST").json()["deleted"] == 0
    assert pages.api("/trash/empty", "POST").json()["deleted"] == 2
    for number in ("0", "-1", "99999", str(2**70)):
        assert pages.api(f"/trash/{number}/restore", "POST").status in (404, 422), number


def test_hostile_names_are_text_in_the_history(library: FiledLibrary, pages: Pages) -> None:
    acts = by_hand(library, "scan-<b>hostile<b>")
    with library.database.begin() as tx:
        for number, name in enumerate(HOSTILE):
            (placement,) = make_placements(name, artist=name, album=f"{name} {number}")
            library.catalog.tracks.want(tx, placement)
    for number, name in enumerate(HOSTILE):
        path = library.library_dir / f"{number} {name.replace('/', '_')[:80]}.mp3"
        path.write_bytes(b"x")
        acts.trash(path, name, track_id=number + 1)
    (library.library_dir / os.fsdecode(b"caf\xe9.txt")).write_bytes(b"x")
    (run,) = pages.api("/history").json()["items"]
    address = re.findall(r'href="(/history/scan[^"]+)"', pages.get("/history").text)[0]
    assert run["albums"], "their albums are named"
    for path in ("/history", "/history/trash", "/history/trash/empty", address):
        answer = pages.get(path)
        assert answer.status == 200
        found = Reader(answer.text)
        assert not [tag for tag, _ in found.tags if tag in ("iframe", "object", "style", "b")]
        assert len([tag for tag, _ in found.tags if tag == "script"]) == 1, "ours"
        for _, attributes in found.tags:
            assert not [one for one in attributes if one.startswith("on")], attributes
            for name in ("href", "src", "action"):
                assert (attributes.get(name) or "/").startswith(("/", "#", "?")), attributes


@pytest.mark.parametrize("run_id", ["../../etc", "%2e%2e", "a" * 3000, "\u202e", "0", "trash2"])
def test_a_run_that_is_not_there_is_said_so(pages: Pages, run_id: str) -> None:
    assert pages.get(f"/history/{path_part(run_id)}").status == 404
    assert pages.api(f"/history/{path_part(run_id)}").status == 404


@pytest.mark.parametrize(
    ("ui_url", "asked_at", "link"),
    [
        ("http://127.0.0.1:4200", "nas.local", f"http://nas.local:4200/runs/flow-run/{FLOW_RUN}"),
        ("http://127.0.0.1:4200", "::1", f"http://[::1]:4200/runs/flow-run/{FLOW_RUN}"),
        ("http://127.0.0.1:4200", None, f"http://127.0.0.1:4200/runs/flow-run/{FLOW_RUN}"),
        ("https://p.example/x", "nas", f"https://p.example/x/runs/flow-run/{FLOW_RUN}"),
        ("", "nas", ""),
    ],
)
def test_the_graph_is_where_the_browser_can_reach_it(
    ui_url: str, asked_at: str | None, link: str
) -> None:
    assert graph_address(ui_url, FLOW_RUN, asked_at) == link
    assert not graph_address(ui_url, "undo-1f0c9a22", asked_at)
    assert not is_flow_run(FLOW_RUN.replace("-", ""))
