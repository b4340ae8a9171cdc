"""Checks of the programs and packages that Shanty needs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from shanty.config.settings import Settings
from shanty.diagnosis.findings import Finding, green, red, yellow
from shanty.errors import count_of
from shanty.providers.ffmpeg import find_ffmpeg
from shanty.providers.ytdlp.runtime import age_days, ejs_versions, find_runtime
from shanty.providers.ytdlp.versions.choice import find_in_use, find_refused
from shanty.providers.ytdlp.versions.installer import InstallerError, find_installer

STALE_AFTER_DAYS = 45
"""Sites change, and yt-dlp follows them; older versions begin to fail."""
_RUN_SECONDS = 10.0

# Outside these bounds the Prefect server does not start, or no schedule fires: docs/versions.md.
# They repeat those of pyproject.toml, which an installed Shanty does not have.
KNOWN_GOOD = {
    "prefect": ("3.8.8", "3.9"),
    "prefect-sqlalchemy": ("0.6", "0.7"),
    "fastapi": ("0.139", "0.151"),
    "sqlalchemy": ("2.0.40", "2.1"),
}


def check_ffmpeg(settings: Settings) -> Iterator[Finding]:
    """Whether there is an ffmpeg that runs."""
    found = find_ffmpeg()
    if found is None:
        yield red("ffmpeg", "not found", "install the package ffmpeg")
        return
    try:
        done = subprocess.run(
            [found, "-version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_RUN_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        yield red("ffmpeg", f"{found} does not run", "install the package ffmpeg")
        return
    said = re.match(rb"ffmpeg version (\S+)", done.stdout)
    yield green("ffmpeg", f"{found}{', ' + said[1].decode('ascii', 'replace') if said else ''}")


def check_js_runtime(settings: Settings) -> Iterator[Finding]:
    """Whether yt-dlp can run YouTube's scripts."""
    found = find_runtime()
    remedy = f"YouTube needs one: {_pip('deno')}"
    if found is None:
        yield yellow("JavaScript", "no runtime found", remedy)
    elif found.trouble:
        yield yellow("JavaScript", f"{found.path} {found.version} {found.trouble}", remedy)
    else:
        yield green("JavaScript", f"{found.path} {found.version}, runs")


def check_ytdlp(settings: Settings) -> Iterator[Finding]:
    """Which yt-dlp is in use and why, and whether it is new enough for today's sites."""
    used = find_in_use(settings.home)
    if not used.version:
        yield red("yt-dlp", "not installed", _update_ytdlp(settings))
        return
    age = age_days(used.version)
    how_old = "of an unknown age" if age is None else f"{count_of(max(age, 0), 'day')} old"
    said = f"{used.version}, {how_old}, {used.why}"
    if refused := describe_refused(settings):
        said = f"{said}; {refused}"
    if settings.scheduling.get("tools") != "off":
        try:
            find_installer(os.environ)
        except InstallerError as error:
            said = f"{said}; no newer one is looked for: {error}"
    if age is None:
        yield yellow("yt-dlp", said, _update_ytdlp(settings))
    elif age > STALE_AFTER_DAYS:
        stale = f"{said}: sites change, and downloads begin to fail"
        yield yellow("yt-dlp", stale, _update_ytdlp(settings))
    else:
        yield green("yt-dlp", said)


def describe_in_use(settings: Settings) -> str:
    """Which yt-dlp the next run uses, and why: ``yt-dlp 2026.10.26 (as installed)``."""
    return "yt-dlp {version} ({why})".format_map(read_in_use(settings))


def read_in_use(settings: Settings) -> dict[str, str]:
    """The same for programs: ``version`` and ``why``."""
    used = find_in_use(settings.home)
    return {"version": used.version, "why": used.why}


def describe_refused(settings: Settings) -> str:
    """Which newer yt-dlp is not used, and why, in a sentence; empty if there is none."""
    refused = find_refused(settings.home)
    return f"yt-dlp {refused.version} is not used: {refused.why}" if refused else ""


def check_ejs(settings: Settings) -> Iterator[Finding]:
    """Whether the scripts for YouTube have the version that this yt-dlp asks for."""
    installed, asked = ejs_versions()
    if installed is None:
        yield yellow("yt-dlp-ejs", "not installed; YouTube needs it", _update_ytdlp(settings))
    elif asked is not None and installed != asked:
        yield yellow(
            "yt-dlp-ejs", f"{installed}, but yt-dlp wants {asked}", _update_ytdlp(settings)
        )
    else:
        yield green("yt-dlp-ejs", installed)


def check_versions(settings: Settings) -> Iterator[Finding]:
    """Whether Prefect and the packages that its server needs are within the bounds that work."""
    wrong = []
    for package, (lowest, beyond) in KNOWN_GOOD.items():
        try:
            found = version(package)
        except PackageNotFoundError:
            wrong.append(f"{package} is missing")
            continue
        if not _numbers(lowest) <= _numbers(found) < _numbers(beyond):
            wrong.append(f"{package} {found} is not within {lowest} and {beyond}")
    if wrong:
        remedy = "pip install --no-deps --require-hashes -r requirements.lock"
        yield red("versions", "; ".join(wrong), remedy)
    else:
        yield green("versions", f"prefect {version('prefect')}, and what it needs")


def _numbers(text: str) -> tuple[int, ...]:
    found = tuple(int(part) for part in re.findall(r"\d+", text)[:3])
    return found + (0,) * (3 - len(found))


def _update_ytdlp(settings: Settings) -> str:
    by_hand = f"{_pip('yt-dlp yt-dlp-ejs')}; then restart Shanty"
    if settings.scheduling.get("tools") == "off":
        return f"update it: {by_hand}"
    return f"`shanty up` updates it by the job `tools`, daily; by hand: {by_hand}"


def _pip(packages: str) -> str:
    # None of these packages has dependencies. With --no-deps, no locked version changes.
    if find_spec("pip") is None:
        return f"uv pip install --python {sys.executable} --no-deps -U {packages}"
    return f"{sys.executable} -m pip install --no-deps -U {packages}"
