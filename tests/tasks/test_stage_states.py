"""What a stage's task run is called in Prefect: red is what has failed, and nothing else."""

from __future__ import annotations

import logging

import pytest
from prefect.client.schemas.objects import StateType

from flows.runs.log import _is_news
from shanty.stages.execution import Fate, Outcome
from tasks.stages import to_state

GOOD = {Fate.ADVANCED, Fate.HELD, Fate.FINISHED}


@pytest.mark.parametrize("fate", Fate)
def test_only_what_has_failed_is_of_type_failed(fate: Fate) -> None:
    state = to_state(Outcome(fate, "a sentence"))
    expected = (
        StateType.COMPLETED
        if fate in GOOD
        else StateType.FAILED
        if fate is Fate.FAILED
        else StateType.CANCELLED
    )
    assert state.type is expected
    assert state.is_final(), "one that is not final would stay so for ever"
    assert state.message == "a sentence"


def test_each_end_that_is_neither_good_nor_failed_has_a_name_of_its_own() -> None:
    names = {to_state(Outcome(fate, "")).name for fate in Fate if fate not in GOOD}
    assert len(names) == len(Fate) - len(GOOD)


@pytest.mark.parametrize(
    ("text", "is_told"),
    [
        ("Finished in state Waiting('paused', type=CANCELLED)", False),
        ("Task run failed with state: Failed('no') - Retries are exhausted", False),
        ("download · A – B: nothing is like it", True),
    ],
)
def test_the_engine_does_not_repeat_how_a_task_ended(text: str, is_told: bool) -> None:
    """It would, for a failure, with a traceback of nothing: ``NoneType: None``."""
    record = logging.LogRecord("prefect.task_runs", logging.ERROR, "", 0, text, (), None)
    assert _is_news(record) is is_told
