"""Prefect flows: orchestration only. What is done to a track is in ``shanty/stages``."""
