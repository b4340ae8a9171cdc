"""Whether everything that Shanty needs is there, with a remedy for what is missing.

The checks lie in one file per topic: ``storage``, ``tools``, ``network``, ``access`` and
``surroundings``. :mod:`shanty.diagnosis.running` runs all of them. ``event_log`` writes the events
to a file, and ``overview`` says how the work stands.
"""
