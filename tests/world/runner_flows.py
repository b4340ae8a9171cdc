"""Small flows on the stage task runner. Prefect is imported only where they run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

GATE_SECONDS = 20.0
STAGES = ("download", "index", "tag", "organize", "enrich")


def make_task(name: str, function: Callable[..., Any]) -> Any:
    from prefect import Task
    from prefect.cache_policies import NO_CACHE

    return Task(function, name=name, cache_policy=NO_CACHE, persist_result=False)


def run_in_flow(
    body: Callable[[Any], Any], pools: dict[str, int] | None = None, default_workers: int = 2
) -> Any:
    """Run `body(runner)` as a flow on the stage task runner and return what it returns."""
    from prefect import flow
    from prefect.context import FlowRunContext

    from tasks.runner import StageTaskRunner

    runner = StageTaskRunner(pools or dict.fromkeys(STAGES, 2), default_workers)

    @flow(name="runner-test", task_runner=runner, persist_result=False)
    def runner_test() -> Any:
        context = FlowRunContext.get()
        assert context is not None
        return body(context.task_runner)

    return runner_test()


def identity(value: Any) -> Any:
    return value


def fail(value: Any) -> Any:
    raise ValueError(f"no luck with {value}")
