"""How long each stage may work on one track. The limits are generous: what counts is progress.

Each block of a download is progress, and so is each stretch of decoded sound. Requests and programs
have bounds of their own, in minutes. These limits are for whatever else can hang, such as a network
disk. Then the item is given back, the attempt counts, and its thread is left behind.
"""

from __future__ import annotations

from shanty.models import Stage
from shanty.work_limit import Limit

_HOUR = 3600.0

LIMITS = {
    **dict.fromkeys(Stage, Limit(silent_seconds=_HOUR, total_seconds=12 * _HOUR)),
    # A download is large and slow, and waits for its turn.
    Stage.DOWNLOAD: Limit(silent_seconds=_HOUR, total_seconds=48 * _HOUR),
}
