"""The stages of the pipeline, one module each, in the order of :class:`shanty.models.Stage`.

A stage is ``run(item, services) -> StageResult``. It is idempotent (it may run again after a
crash at any moment), raises an error of ``shanty.errors`` if it does not succeed, and writes no
status: :func:`shanty.stages.execution.execute` does that, in one transaction with the result.

To add a stage, add one line to :class:`~shanty.models.Stage` and one module of that name here.
"""

from __future__ import annotations

from importlib import import_module

from shanty.models import Stage
from shanty.stages.contract import Services, StageFunction, StageResult


def load_stages() -> dict[Stage, StageFunction]:
    """Each stage's ``run`` function, in pipeline order."""
    return {stage: import_module(f"shanty.stages.{stage.value}").run for stage in Stage}


__all__ = ["Services", "StageFunction", "StageResult", "load_stages"]
