"""How long each stage may work on one track. Generous: what counts is whether it gets on.

A download gets on with each block that comes, decoding with each stretch of sound. What a request
and a program may take is bounded by itself, in minutes; this is for whatever else can hang, such as
a network disk. The item is then given back, the attempt counted, and its thread no longer waited
for.
"""

from __future__ import annotations

from shanty.models import Stage
from shanty.work_limit import Limit

_HOUR = 3600.0

LIMITS = {
    **dict.fromkeys(Stage, Limit(silent_seconds=_HOUR, total_seconds=12 * _HOUR)),
    # Large, slow, and waiting for its turn.
    Stage.DOWNLOAD: Limit(silent_seconds=_HOUR, total_seconds=48 * _HOUR),
}
