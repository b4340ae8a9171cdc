"""What processes of :mod:`tests.forked` find imported. Nothing is started here."""

import deployments.local
import flows.pipeline
import shanty.monitoring
import shanty.providers.ytdlp.client
from tasks.stages import load_stages

load_stages()

__all__ = ["deployments", "flows", "shanty"]
