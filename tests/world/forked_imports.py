"""The imports that processes of :mod:`tests.world.forked_process` begin with. Starts nothing."""

import deployments.local
import flows.pipeline
import shanty.providers.ytdlp.client
import shanty.watching.monitor
from tasks.stages import load_stages

load_stages()

__all__ = ["deployments", "flows", "shanty"]
