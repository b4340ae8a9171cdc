"""What is newer in the package index, Shanty itself or yt-dlp: asked only if a person wants it."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path

from shanty.config.settings import Settings
from shanty.config.surroundings import clean_import_path
from shanty.providers.ytdlp.versions.choice import PACKAGE, find_in_use, order, read_record
from shanty.providers.ytdlp.versions.installer import (
    Installer,
    InstallerError,
    PackageRelease,
    find_installer,
)

_OURS = "shanty"
_OUR_ADDRESS = "https://github.com/shanty-music/shanty"


@dataclass(frozen=True, slots=True)
class NewerVersion:
    """A version that is newer than the one in use, and what is to be done, in a clause."""

    name: str
    version: str
    remedy: str


def find_newer(settings: Settings, ours: str) -> tuple[list[NewerVersion], str]:
    """What is newer, by the package index of the person's own configuration.

    ``ours`` is the version of Shanty that runs. The second value says why nothing is known: there
    is no installer, or the index does not answer. It is empty if all went well.
    """
    found: list[NewerVersion] = []
    try:
        installer = find_installer(clean_import_path(os.environ))
        release = installer.find_newest(PACKAGE)
    except InstallerError as error:
        return found, str(error)
    if order(release.version) > order(find_in_use(settings.home).version):
        found.append(NewerVersion(PACKAGE, release.version, _say_what_to_do(settings, release)))
    if (newest := _find_ours(installer, ours)) is not None:
        how = "install it as you installed this one; docs/upgrading.md has the steps"
        found.append(NewerVersion(_OURS, newest, how))
    return found, ""


def _say_what_to_do(settings: Settings, release: PackageRelease) -> str:
    if why := read_record(settings.home).rejected.get(release.version):
        return f"it is not used: {why}"
    if settings.scheduling.get("tools") == "off":
        return "the job `tools` is off, so update it in the environment"
    return "the job `tools` takes it within a day; `shanty jobs run tools` does so now"


def _find_ours(installer: Installer, ours: str) -> str | None:
    """The newest version of Shanty, if it is newer than ours; None if the index has none.

    An index may know another project by this name: its release says whose it is.
    """
    try:
        release = installer.find_newest(_OURS)
        if order(release.version) <= order(ours):
            return None
        with tempfile.TemporaryDirectory() as folder:
            packages = Path(folder) / "packages"
            installer.install(release, packages)
            (known,) = distributions(name=_OURS, path=[str(packages)])
            addresses = known.metadata.get_all("Project-URL") or []
    except (InstallerError, ValueError):
        return None
    is_ours = any(one.partition(", ")[2].startswith(_OUR_ADDRESS) for one in addresses)
    return release.version if is_ours else None
