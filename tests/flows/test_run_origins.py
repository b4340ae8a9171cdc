"""Who has begun a run, by the account of a server; and what a page is told while that is asked."""

from __future__ import annotations

import json
import threading

import pytest

from flows.server.api import PrefectApi
from flows.server.jobs import AUTO_SCHEDULED, BY_HAND, LEFT_OVER, TAG
from shanty.demo.answers import Answer
from tests.world.serving import serve
from web.history import describe_origin
from web.run_origins import RunOrigins

RUNS = {
    "7e0b6d52-0000-4000-8000-000000000001": ("pipeline · 25 Nov 14:00", "d", [TAG, AUTO_SCHEDULED]),
    "7e0b6d52-0000-4000-8000-000000000002": ("pipeline · 25 Nov 15:00 · by hand", None, [TAG]),
    "7e0b6d52-0000-4000-8000-000000000003": ("monitor · 25 Nov · by hand", "d", [TAG, BY_HAND]),
    "7e0b6d52-0000-4000-8000-000000000004": ("pipeline · 25 Nov", "d", [TAG, LEFT_OVER]),
}
SAID = (
    "by the job pipeline, on its schedule",
    "by hand: pipeline",
    "by hand: monitor",
    "by the job pipeline, because work was left",
)
GONE = "7e0b6d52-0000-4000-8000-00000000abcd"


def test_a_run_says_who_has_begun_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.run_origins.REST_SECONDS", 0.0)
    told = threading.Event()
    found = [
        {"id": run_id, "name": name, "deployment_id": deployment, "tags": tags}
        for run_id, (name, deployment, tags) in RUNS.items()
    ]
    answer = Answer(200, json.dumps(found).encode(), "application/json")
    with serve({"/api/flow_runs/filter": answer}) as url:
        origins = RunOrigins(lambda: PrefectApi(url), told.set)
        asked = [*RUNS, GONE]
        assert describe_origin(asked[0], origins.of(asked)) == "by a run of Prefect"
        assert told.wait(20), "the page is told of the answer"
    known = origins.of(asked)
    assert tuple(describe_origin(run_id, known) for run_id in RUNS) == SAID
    assert describe_origin(GONE, known) == "by a run of Prefect"
    assert describe_origin("undo-1f0c9a22", known) == "by hand: undo"
