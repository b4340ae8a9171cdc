"""The Prefect server as a REST service: its jobs, schedules and dashboard. Imports no Prefect."""
