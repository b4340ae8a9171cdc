"""Prefect tasks: thin wrappers around the stages, and the runner that runs them."""
