"""``shanty doctor``: is everything there that is needed?"""

from __future__ import annotations

from dataclasses import asdict

import typer

from cli.printing import JsonOption, print_json, printable
from shanty.config.settings import load_settings
from shanty.diagnosis.findings import Level
from shanty.diagnosis.running import diagnose

_MARKS = {Level.GREEN: "ok  ", Level.YELLOW: "warn", Level.RED: "FAIL"}


def doctor(as_json: JsonOption = False) -> None:
    """Check tools, disks, database, cookies and services; exit code 1 when one is red."""
    from deployments.signs import SERVICE_CHECKS

    findings = []
    for finding in diagnose(load_settings(), more=SERVICE_CHECKS):
        findings.append(finding)
        if as_json:
            continue
        remedy = f"\n      → {printable(finding.remedy)}" if finding.remedy else ""
        colour = getattr(typer.colors, finding.level.upper())
        mark = typer.style(_MARKS[finding.level], fg=colour)
        typer.echo(f"{mark}  {finding.name}: {printable(finding.message)}{remedy}")
    if as_json:
        print_json([asdict(finding) for finding in findings])
    if any(finding.level is Level.RED for finding in findings):
        raise typer.Exit(1)
