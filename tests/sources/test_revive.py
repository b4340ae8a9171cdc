"""New cookies bring back candidates that were rejected for want of a login, and no others."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import func, select, update

from shanty.config.settings import Settings, load_settings
from shanty.db import Database
from shanty.db.schema import MIGRATIONS_DIR, VERSION_TABLE
from shanty.db.tables import candidates, wanted_logins
from shanty.errors import LoginWantedError
from shanty.models import Candidate, CandidateStatus, TrackStatus
from shanty.providers.cookie_file import CookieFile
from shanty.providers.cookies import Cookie
from shanty.sources.cookie_keep import import_file, refresh_cookies
from shanty.sources.revive import revive_signed_out
from shanty.stages.execution import Fate
from tests.world.guarded_world import BOT_CHECK, GuardedWorld, cookies_txt
from tests.world.stage_bench import Bench

SITE = "127.0.0.1"
OLD_REASON = "it is only shown to who is signed in (`shanty cookies import`)"
AGE, SIGN_IN = "Sign in to confirm your age", "Please sign in"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedWorld]:
    with GuardedWorld(6, tmp_path_factory.getbasetemp() / "audio") as made, made.activated():
        yield made


@pytest.fixture(autouse=True)
def as_new(guarded: GuardedWorld) -> Iterator[None]:
    guarded.secrets.clear()
    guarded.question = AGE
    yield
    guarded.question = BOT_CHECK
    guarded.asks_in_vain.clear()
    guarded.faults.clear()


@pytest.fixture
def settings(guarded: GuardedWorld, tmp_path: Path) -> Settings:
    (tmp_path / "library").mkdir()
    return load_settings(
        home=tmp_path / "home",
        library={"path": tmp_path / "library"},
        cookies={"domains": [SITE, "example.org"]},
    )


@pytest.fixture
def bench(guarded: GuardedWorld, database: Database, settings: Settings) -> Bench:
    return Bench(guarded, database, settings)


def export(folder: Path, *values: str, host: str = SITE) -> Path:
    path = folder / "export.txt"
    path.write_text(cookies_txt(*values, host=host))
    return path


def failed_for_want_of_a_login(bench: Bench, number: int = 0) -> int:
    track_id = bench.want(number)
    assert bench.run(bench.claim()).fate is Fate.FAILED
    assert bench.status(track_id) is TrackStatus.FAILED
    return track_id


def rejected(bench: Bench, track_id: int) -> list[Candidate]:
    candidates = bench.catalog.candidates.of_track(track_id)
    return [one for one in candidates if one.status is CandidateStatus.REJECTED]


@pytest.mark.parametrize("question", [AGE, SIGN_IN])
def test_the_first_cookies_bring_back_what_has_failed_without_any(
    bench: Bench, guarded: GuardedWorld, settings: Settings, tmp_path: Path, question: str
) -> None:
    guarded.question = question
    track_id = failed_for_want_of_a_login(bench)
    assert rejected(bench, track_id)
    searches = guarded.requests.total("search")
    taken = import_file(export(tmp_path, guarded.sign_in()), settings, bench.database)
    assert taken.revived == 1
    assert taken.describe().endswith("; tried again because they wanted a login: 1 track")
    assert rejected(bench, track_id) == []
    assert bench.status(track_id) is TrackStatus.WANTED
    item = bench.claim()
    assert bench.run(item).fate is Fate.ADVANCED
    assert guarded.requests.total("search") == searches, "what was found is known"


@pytest.mark.postgresql_too
def test_only_what_wanted_a_login_comes_back(
    bench: Bench, guarded: GuardedWorld, settings: Settings, tmp_path: Path
) -> None:
    mine = failed_for_want_of_a_login(bench)
    guarded.question = "Private video"
    private = failed_for_want_of_a_login(bench, 1)
    known = rejected(bench, private)
    assert import_file(export(tmp_path, guarded.sign_in()), settings, bench.database).revived == 1
    assert rejected(bench, mine) == []
    assert rejected(bench, private) == known
    assert bench.status(private) is TrackStatus.FAILED


def test_a_track_that_is_no_longer_wanted_is_left_alone(
    bench: Bench, guarded: GuardedWorld, settings: Settings, tmp_path: Path
) -> None:
    track_id = failed_for_want_of_a_login(bench)
    with bench.database.begin() as tx:
        bench.catalog.tracks.set_status(tx, track_id, TrackStatus.WITHDRAWN)
    assert import_file(export(tmp_path, guarded.sign_in()), settings, bench.database).revived == 0
    assert rejected(bench, track_id) == [], "it could be had now"
    assert bench.status(track_id) is TrackStatus.WITHDRAWN


def test_cookies_of_another_site_bring_nothing_back(
    bench: Bench, guarded: GuardedWorld, settings: Settings, tmp_path: Path
) -> None:
    track_id = failed_for_want_of_a_login(bench)
    known = rejected(bench, track_id)
    path = export(tmp_path, guarded.sign_in(), host="example.org")
    assert import_file(path, settings, bench.database).revived == 0
    assert rejected(bench, track_id) == known
    assert import_file(export(tmp_path, guarded.sign_in()), settings, bench.database).revived == 1


def test_cookies_that_did_not_help_are_not_tried_again(
    bench: Bench, guarded: GuardedWorld, settings: Settings, tmp_path: Path
) -> None:
    """The login is too young for the video, and an hourly job must not ask every hour."""
    track_id = failed_for_want_of_a_login(bench)
    guarded.asks_in_vain = {one.source_id for one in rejected(bench, track_id)}
    path = export(tmp_path, guarded.sign_in())
    assert import_file(path, settings, bench.database).revived == 1
    assert bench.run(bench.claim()).fate is Fate.FAILED
    for _ in range(2):
        assert refresh_cookies(settings, bench.database).revived == 0
        assert revive_signed_out(settings, bench.database) == 0
    assert bench.status(track_id) is TrackStatus.FAILED
    assert import_file(path, settings, bench.database).revived == 1, "a person wishes it"


def test_an_import_that_was_killed_is_made_up_for_by_the_job(
    bench: Bench, guarded: GuardedWorld, settings: Settings
) -> None:
    """The kill comes between file and database: the cookies are there, but nobody was woken."""
    track_id = failed_for_want_of_a_login(bench)
    one = Cookie(SITE, "/", "session", guarded.sign_in(), expires=int(time.time()) + 3600)
    CookieFile(settings.cookies_path).replace([one], origin="test")
    assert refresh_cookies(settings, bench.database).revived == 1
    assert refresh_cookies(settings, bench.database).revived == 0
    assert bench.run(bench.claim()).fate is Fate.ADVANCED
    assert bench.status(track_id) is TrackStatus.WANTED


def test_a_track_in_review_comes_back_if_it_would_be_taken_unasked(
    guarded: GuardedWorld, database: Database, settings: Settings, tmp_path: Path
) -> None:
    download = settings.download.model_copy(update={"review_score": 0.0})
    bench = Bench(guarded, database, settings.model_copy(update={"download": download}))
    track_id = bench.want()
    other = Candidate("Elsewhere", "x", "http://127.0.0.1:9/x", "Something like it")
    with database.begin() as tx:
        bench.catalog.candidates.record(tx, track_id, [other])
    assert bench.run(bench.claim()).fate is Fate.REVIEW
    assert rejected(bench, track_id)
    taken = import_file(export(tmp_path, guarded.sign_in()), settings, database)
    assert (taken.revived, rejected(bench, track_id)) == (1, [])
    assert bench.status(track_id) is TrackStatus.WANTED
    assert bench.run(bench.claim()).fate is Fate.ADVANCED


def test_older_rejections_are_known_by_their_reason(
    bench: Bench, guarded: GuardedWorld, settings: Settings, tmp_path: Path
) -> None:
    track_id = failed_for_want_of_a_login(bench)
    guarded.question = "Private video"
    failed_for_want_of_a_login(bench, 1)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS_DIR))
    with bench.database.begin() as tx:
        config.attributes.update(connection=tx, version_table=VERSION_TABLE)
        was_for_a_login = candidates.c.id.in_(one.id for one in rejected(bench, track_id))
        tx.execute(update(candidates).where(was_for_a_login).values(reject_reason=OLD_REASON))
        command.downgrade(config, "0007")
        command.upgrade(config, "0008")
        known = set(tx.scalars(select(wanted_logins.c.candidate_id)))
        command.upgrade(config, "head")
    assert known == {one.id for one in rejected(bench, track_id)}
    assert import_file(export(tmp_path, guarded.sign_in()), settings, bench.database).revived == 1


def test_a_candidate_that_a_person_chose_is_chosen_again(
    bench: Bench, guarded: GuardedWorld, settings: Settings, tmp_path: Path
) -> None:
    track_id = failed_for_want_of_a_login(bench)
    best = rejected(bench, track_id)[-1]
    assert best.id is not None
    with bench.database.begin() as tx:
        bench.catalog.decisions.accept_candidate(tx, track_id, best.id)
        bench.queue.items.enqueue_wanted(tx)
    assert bench.run(bench.claim()).fate is Fate.FAILED
    assert import_file(export(tmp_path, guarded.sign_in()), settings, bench.database).revived == 1
    again = {one.id: one.status for one in bench.catalog.candidates.of_track(track_id)}
    assert again[best.id] is CandidateStatus.ACCEPTED
    assert list(again.values()).count(CandidateStatus.ACCEPTED) == 1


def test_a_candidate_rejected_later_for_another_reason_stays_rejected(
    bench: Bench, guarded: GuardedWorld, settings: Settings, tmp_path: Path
) -> None:
    track_id = failed_for_want_of_a_login(bench)
    with bench.database.begin() as tx:
        for one in rejected(bench, track_id):
            assert one.id is not None
            bench.catalog.candidates.reject(tx, one.id, "it is silent")
        assert tx.scalar(select(func.count()).select_from(wanted_logins)) == 0
    assert import_file(export(tmp_path, guarded.sign_in()), settings, bench.database).revived == 0


def test_no_value_of_a_cookie_is_in_the_table(
    bench: Bench, guarded: GuardedWorld, settings: Settings, tmp_path: Path
) -> None:
    secret = guarded.sign_in()
    import_file(export(tmp_path, secret), settings, bench.database)
    guarded.sign_out()
    failed_for_want_of_a_login(bench)
    with bench.database.read() as connection:
        rows = [dict(row._mapping) for row in connection.execute(select(wanted_logins))]
    assert rows
    assert secret not in json.dumps(rows)
    generation = CookieFile(settings.cookies_path).read().generation
    assert {row["generation"] for row in rows} == {generation}


def test_a_wanted_login_counts_as_a_bad_candidate_elsewhere() -> None:
    assert LoginWantedError.error_class == "bad_candidate"
