"""Artifacts with stable keys: the numbers of the database as the Prefect UI shows them."""

from __future__ import annotations

from prefect.artifacts import create_table_artifact

from shanty.workqueue import WorkQueue

COUNTED = ("pending", "waiting", "active", "completed", "failed")


def publish_dashboard(queue: WorkQueue) -> None:
    """Publish the counts of every stage as the artifact ``work-queue``."""
    counts = queue.counts()
    rows = [
        {"stage": stage.value, **{key: numbers[key] for key in COUNTED}}
        for stage, numbers in counts.items()
    ]
    create_table_artifact(rows, key="work-queue", description="Work items by stage and state")
