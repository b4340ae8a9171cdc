"""A pipeline pass in this process: whose server it uses."""

from __future__ import annotations

from typing import Any

import pytest

from deployments.local import run_pipeline
from shanty.errors import ShantyError


def test_the_run_asks_the_server_of_whoever_started_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    from flows import pipeline

    asked = []

    def note_the_server(**_: Any) -> None:
        asked.append(PREFECT_API_URL.value())
        raise ShantyError("enough")

    monkeypatch.setattr(pipeline, "pipeline", note_the_server)
    nobody = "http://127.0.0.1:9/api"
    with temporary_settings({PREFECT_API_URL: nobody}), pytest.raises(ShantyError):
        run_pipeline()
    assert asked == [nobody]
