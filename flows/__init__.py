"""Prefect flows: orchestration only. ``shanty/stages`` does the work on a track."""
