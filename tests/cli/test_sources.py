"""Paused sources and what goes first, as the command line shows and takes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest

from shanty.demo.world import World
from shanty.models import Priority
from shanty.workqueue.item_numbers import name_item
from tests.world.shell import Shell, file_everything

pytestmark = pytest.mark.usefixtures("world")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(6, tmp_path_factory.getbasetemp() / "audio") as made, made.activated():
        yield made


def test_a_paused_source_is_a_sentence_everywhere(shanty: Shell, world: World) -> None:
    assert shanty.json("sources", "ls") == []
    assert shanty("sources", "ls") == 0
    assert shanty.out == "no source is paused\n"
    shanty("watch", "add", "track", *world.recordings[:3])
    world.faults.set("bot_check")
    file_everything()
    world.faults.clear()

    shanty("status")
    (line,) = [line for line in shanty.out.splitlines() if line.startswith("shantydemo: ")]
    assert "paused until" in line
    assert line.endswith("wants proof that we are not a bot; 3 tracks wait")
    assert shanty("sources", "ls") == 0
    assert line in shanty.out
    status = cast(dict[str, Any], shanty.json("status"))
    assert status["queue"]["download"] == {
        "pending": 0,
        "waiting": 3,
        "active": 0,
        "completed": 0,
        "failed": 0,
    }
    (source,) = status["sources"]
    assert shanty.json("sources", "ls") == [source]
    assert (source["state"], source["waiting"], source["times"]) == ("open", 3, 1)
    assert source["reason"] == "wants proof that we are not a bot"
    item = cast(list[dict[str, Any]], shanty.json("queue", "ls", "--status", "waiting"))[0]
    assert item["attempt"] == 0
    shanty("queue", "ls")
    assert shanty.out.count("waits for shantydemo until ") == 3
    assert " ago" not in shanty.out
    shown = cast(dict[str, Any], shanty.json("queue", "show", name_item(item["id"])))
    assert shown["waits_for"] == line
    # A person's wish does not make it answer; what it waits for is said.
    assert shanty("queue", "retry", name_item(item["id"]), "--now") == 0
    assert line in shanty.out

    assert "'youtube' is paused" in shanty.fails("sources", "resume", "youtube")
    assert shanty("sources", "resume") == 2
    assert shanty("sources", "resume", "shantydemo") == 0
    shanty("status")
    assert "asked again with the next request" in shanty.out
    shanty("queue", "ls")
    assert "waits for" not in shanty.out, "it is due"
    shown = cast(dict[str, Any], shanty.json("queue", "show", name_item(item["id"])))
    assert shown["waits_for"] is None
    file_everything()
    assert cast(dict[str, Any], shanty.json("status"))["tracks"]["in_library"] == 3
    shanty("sources", "ls")
    assert "of the usual pace" in shanty.out


def test_what_is_this_machines_own_is_named_as_it_is_shown(shanty: Shell) -> None:
    from cli.opening import open_state
    from shanty.sources.circuit_names import circuit_name, label_of
    from shanty.sources.circuits import Circuits

    name = circuit_name("disk")
    Circuits(open_state().database).open(name, "the disk is full")
    shanty("status")
    assert f"{label_of(name)}: paused until" in shanty.out
    assert name not in shanty.out
    (source,) = cast(list[dict[str, Any]], shanty.json("sources", "ls"))
    assert (source["name"], source["label"]) == (name, label_of(name))
    assert shanty("sources", "resume", label_of(name)) == 0
    shanty("sources", "ls")
    assert "asked again with the next request" in shanty.out


def test_a_paused_stage_is_why_nothing_runs(shanty: Shell, world: World) -> None:
    assert shanty("watch", "add", "track", *world.recordings[:2], "--now") == 0
    shanty("queue", "pause", "--stage", "download")
    shanty("queue", "ls")
    assert shanty.out.count("download is paused") == 2
    shanty("queue", "resume")
    shanty("queue", "ls")
    assert "download is paused" not in shanty.out


def test_quiet_hours_are_shown(shanty: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cast(dict[str, Any], shanty.json("status"))["quiet_until"] is None
    for hours in ("0:00-12:00", "12:00-0:00"):  # it is always one of them
        monkeypatch.setenv("SHANTY_DOWNLOAD__QUIET_HOURS", hours)
        shanty("status")
        if "quiet hours" in shanty.out:
            assert "nothing is downloaded until" in shanty.out
            assert cast(dict[str, Any], shanty.json("status"))["quiet_until"]
            assert shanty.json("config", "show")
            break
    else:
        raise AssertionError("never quiet")


def test_a_track_wanted_now_is_the_next_in_the_queue(shanty: Shell, world: World) -> None:
    from cli.opening import open_state

    shanty("watch", "add", "track", *world.recordings[:3])
    assert shanty("watch", "add", "track", world.recordings[3], "--now") == 0, shanty.err
    state = open_state()
    first, *others = state.queue.overview.list_items()
    assert state.catalog.tracks.get(first.track_id).recording_mbid == world.recordings[3]
    assert first.priority == Priority.FORCED
    assert {item.priority for item in others} == {Priority.ASKED_FOR}
    # Also what is in the queue already.
    assert shanty("watch", "add", "track", world.recordings[1], "--now") == 0
    urgent = [item for item in open_state().queue.overview.list_items() if item.is_urgent]
    assert len(urgent) == 2
