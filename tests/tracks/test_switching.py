"""Stages that a setting switches on and off: nothing is stuck, lost, or shown in vain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from shanty.config.settings import Settings, load_settings
from shanty.db import Database, open_database
from shanty.db.schema import MIGRATIONS_DIR, VERSION_TABLE
from shanty.errors import ShantyError
from shanty.models import Stage, Status
from shanty.stages.execution import Fate
from shanty.tags.gain_tags import read_gain
from shanty.tracks.switching import apply_stage, pass_over_unused
from shanty.workqueue import WorkQueue, leave_out_unused
from shanty.workqueue.rows import STAGES_LEFT
from tests.world.databases import STAGES, add_tracks, enqueue
from tests.world.filed_library import make_placements
from tests.world.shell import Shell
from tests.world.staged_library import StagedLibrary


@pytest.fixture
def library(database: Database, tmp_path: Path) -> StagedLibrary:
    return StagedLibrary(tmp_path, database)


@pytest.fixture
def no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("SHANTY_CONFIG", str(tmp_path / "shanty.toml"))
    (tmp_path / "shanty.toml").touch()
    yield


def used(**sections: bool) -> Settings:
    return load_settings(**{name: {"enabled": is_on} for name, is_on in sections.items()})


@pytest.mark.usefixtures("no_environment")
def test_only_what_says_so_is_left_out() -> None:
    assert used().stages == STAGES == tuple(Stage)[:5]
    assert used(replaygain=True, lyrics=True).stages == tuple(Stage)
    assert used(lyrics=True).stages == (*STAGES, Stage.LYRICS)
    assert Stage.ENRICH.following(used().stages) is None
    assert Stage.ENRICH.following(used(lyrics=True).stages) is Stage.LYRICS
    assert Stage.ENRICH.following(used(replaygain=True).stages) is Stage.REPLAYGAIN
    assert Stage.REPLAYGAIN.following(used(replaygain=True).stages) is None
    assert Stage.DOWNLOAD.following(used().stages) is Stage.INDEX


def test_a_track_ends_at_the_last_stage_that_is_used(
    library: StagedLibrary, made_audio: dict[str, Path]
) -> None:
    library.download(*make_placements("One"), made_audio["mp3"])
    outcome = library.run(library.run_until(Stage.ENRICH))
    assert outcome.fate is Fate.FINISHED
    counts = library.queue.overview.counts()
    assert not any(sum(counts[stage].values()) for stage in (Stage.REPLAYGAIN, Stage.LYRICS))


def test_what_waits_at_a_stage_that_is_switched_off_goes_on(
    library: StagedLibrary, made_audio: dict[str, Path]
) -> None:
    library.switch(Stage.REPLAYGAIN, Stage.LYRICS)
    [track_id] = [library.download(*make_placements("One"), made_audio["mp3"])]
    item = library.run_until(Stage.REPLAYGAIN)
    library.queue.items.give_back(library.worker_id)
    assert pass_over_unused(library.settings, library.database, library.queue) == 0
    library.switch(Stage.REPLAYGAIN, is_on=False)
    assert pass_over_unused(library.settings, library.database, library.queue) == 1
    ended = library.queue.overview.get(item.id)
    assert (ended.status, ended.error) == (Status.CANCELLED, "replaygain is switched off")
    following = library.claim(Stage.LYRICS)
    assert (following.track_id, following.priority) == (track_id, item.priority)
    library.queue.items.give_back(library.worker_id)
    library.switch(Stage.LYRICS, is_on=False)
    assert pass_over_unused(library.settings, library.database, library.queue) == 1
    assert library.queue.overview.next_due_at() is None, "something is stuck"
    assert pass_over_unused(library.settings, library.database, library.queue) == 0


def test_what_is_worked_on_is_not_passed_over(
    library: StagedLibrary, made_audio: dict[str, Path]
) -> None:
    library.switch(Stage.REPLAYGAIN)
    library.download(*make_placements("One"), made_audio["mp3"])
    item = library.run_until(Stage.REPLAYGAIN)
    library.switch(Stage.REPLAYGAIN, is_on=False)
    assert pass_over_unused(library.settings, library.database, library.queue) == 0
    assert library.run(item).fate is Fate.FINISHED


def test_a_stage_is_applied_to_what_was_filed_before(
    library: StagedLibrary, made_audio: dict[str, Path]
) -> None:
    ids = library.file(make_placements("One", "Two"), made_audio["mp3"])
    still_coming = library.download(*make_placements("Three", album="Second"), made_audio["mp3"])
    with pytest.raises(ShantyError, match=r"REPLAYGAIN__ENABLED=true"):
        apply_stage(Stage.REPLAYGAIN, library.settings, library.database, library.queue)
    library.switch(Stage.REPLAYGAIN)
    with pytest.raises(ShantyError, match="before a track is filed"):
        apply_stage(Stage.TAG, library.settings, library.database, library.queue)

    def apply() -> int:
        return apply_stage(Stage.REPLAYGAIN, library.settings, library.database, library.queue)

    assert apply() == 2
    assert apply() == 0, "queued twice"
    queued = library.queue.overview.list_items(Stage.REPLAYGAIN, Status.PENDING)
    assert [item.track_id for item in queued] == ids
    wanted = library.queue.overview.list_items(Stage.TAG, Status.PENDING)
    assert wanted[0].priority < queued[0].priority, "the library goes before what is wanted"
    library.work()
    for track_id in (*ids, still_coming):
        assert read_gain(library.path(track_id))
    library.check_catalogue()


def test_what_is_not_used_is_not_shown_unless_there_is_something_to_see(
    library: StagedLibrary, made_audio: dict[str, Path]
) -> None:
    assert tuple(leave_out_unused(library.queue.overview.counts(), STAGES)) == STAGES
    library.switch(Stage.REPLAYGAIN)
    library.download(*make_placements("One"), made_audio["mp3"])
    library.run_until(Stage.REPLAYGAIN)
    shown = leave_out_unused(library.queue.overview.counts(), STAGES)
    assert tuple(shown) == (*STAGES, Stage.REPLAYGAIN)


def test_the_command_queues_what_was_filed(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shanty = Shell(capsys, monkeypatch)
    assert "SHANTY_LYRICS__ENABLED=true" in shanty.fails("library", "apply", "lyrics")
    assert "enrich, replaygain, lyrics" in shanty.fails("library", "apply", "download")
    assert shanty("library", "apply", "nonsense") == 2
    assert shanty("library", "apply") == 2
    assert "lyrics" not in shanty.json("status")["queue"]
    monkeypatch.setenv("SHANTY_LYRICS__ENABLED", "true")
    assert shanty.json("library", "apply", "lyrics") == {"stage": "lyrics", "queued": 0}
    assert shanty("library", "apply", "lyrics") == 0
    assert shanty.out.startswith("nothing new is queued for lyrics: ")
    assert list(shanty.json("status")["queue"]) == [*STAGES, "lyrics"]
    for key, value in (("SAVE", "nowhere"), ("URL", "x"), ("RATE", "0"), ("ENABLED", "perhaps")):
        with monkeypatch.context() as patch:
            patch.setenv(f"SHANTY_LYRICS__{key}", value)
            assert f"lyrics.{key.lower()}" in shanty.fails("status")


def test_what_waits_keeps_its_place_when_stages_come_behind(empty_url: str) -> None:
    """A claim takes what has few stages left first, also of what an older version has queued."""
    opened = open_database(empty_url)
    queue = WorkQueue(opened)
    for track_id, stage in zip(add_tracks(opened, 2), (Stage.TAG, Stage.ENRICH), strict=True):
        enqueue(queue, opened, track_id, stage)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS_DIR))

    def migrate(to: Callable[[Config, str], None], revision: str) -> list[int]:
        with opened.begin() as tx:
            config.attributes.update(connection=tx, version_table=VERSION_TABLE)
            to(config, revision)
            return list(tx.scalars(text("SELECT stages_left FROM work_queue ORDER BY id")))

    assert migrate(command.downgrade, "0004") == [2, 0]
    assert migrate(command.upgrade, "head") == [STAGES_LEFT[Stage.TAG], STAGES_LEFT[Stage.ENRICH]]
    opened.dispose()
