"""One Prefect task for each stage, all made alike.

A task run ends in a Prefect state that says what became of the work item, in a sentence without a
traceback. The truth about the item is in the queue. Prefect's own retries and caches are not used:
retries sleep inside a worker's thread, and a crash forgets them.
"""

from __future__ import annotations

from typing import Any

from prefect import Task, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Cancelled, Completed, Failed

from shanty.models import Stage, WorkItem
from shanty.stages import Services, load_stages
from shanty.stages.execution import Fate, Outcome, execute
from tasks.runner import HELD_STATE_NAME
from tasks.unstored import Unstored

# The names in the Prefect UI of runs that neither completed nor failed.
_STATE_NAMES = {
    Fate.WAITING: "Waiting",
    Fate.RESTARTED: "Another candidate",
    Fate.REVIEW: "Needs review",
    Fate.LOST: "Given back",
}


def make_stage_task(stage: Stage) -> Task[..., Any]:
    """The Prefect task that runs a stage on a work item and returns the next stage's item.

    It has no tags: for a tagged task, Prefect asks its server for a concurrency slot at every run.
    """

    def run_stage(item: WorkItem, services: Services) -> State[Any]:
        return to_state(execute(item, services, load_stages()))

    run_stage.__name__ = stage.value
    stage_task = task(
        name=stage.value,
        task_run_name=f"{stage.value} · {{item.label}}",
        cache_policy=NO_CACHE,
        persist_result=False,
        retries=0,
    )(run_stage)
    stage_task.result_storage = Unstored()  # set here: @task takes only a storage on the server
    return stage_task


def to_state(outcome: Outcome) -> State[Any]:
    """The Prefect state that shows an outcome. Only *advanced* and *finished* let a chain go on."""
    match outcome.fate:
        case Fate.ADVANCED | Fate.FINISHED:
            return Completed(message=outcome.message, data=outcome.next_item)
        case Fate.HELD:
            return Completed(name=HELD_STATE_NAME, message=outcome.message, data=None)
        case Fate.FAILED:
            return Failed(message=outcome.message)
        case fate:
            # Of Prefect's final states the only one that is neither success nor failure. One that
            # is not final (Paused, Scheduled) would stay so for ever: another run takes it up.
            return Cancelled(name=_STATE_NAMES[fate], message=outcome.message)


STAGE_TASKS: dict[Stage, Task[..., Any]] = {stage: make_stage_task(stage) for stage in Stage}
