"""``/metrics``: numbers for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from shanty import __version__
from web.overview import Overview, read_overview
from web.parts import PartsOf

router = APIRouter(tags=["health"])


@router.get("/metrics", response_class=Response)
def tell_numbers(parts: PartsOf) -> Response:
    """The queue, the tracks and the sources, in Prometheus' text format."""
    return Response(generate_latest(_measure(read_overview(parts))), media_type=CONTENT_TYPE_LATEST)


def _measure(now: Overview) -> CollectorRegistry:
    registry = CollectorRegistry()

    def gauge(name: str, help_text: str, *labels: str) -> Gauge:
        return Gauge(f"shanty_{name}", help_text, labels, registry=registry)

    gauge("info", "The version that runs.", "version").labels(__version__).set(1)
    items = gauge("work_items", "Work items by stage and state.", "stage", "state")
    for stage, numbers in now.work.counts.items():
        for state, number in numbers.items():
            items.labels(stage.value, state).set(number)
    tracks = gauge("tracks", "Tracks by status.", "status")
    for status, number in now.work.tracks.items():
        tracks.labels(status.value).set(number)
    paused = gauge("source_paused", "Sources that are left alone.", "source")
    waiting = gauge("source_waiting", "Tracks that wait for a source.", "source")
    for source in now.work.sources:
        paused.labels(source.name).set(source.is_blocked)
        waiting.labels(source.name).set(source.waiting)
    speed = gauge("download_bytes_per_second", "The speed of all downloads together.")
    known = [one.progress.bytes_per_second or 0 for one in now.active if one.progress]
    speed.set(sum(known))
    return registry
