"""The home folder: made if it is missing, and closed to other users."""

from __future__ import annotations

import os
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path

from shanty.config.settings import Settings
from shanty.errors import ConfigError
from shanty.files.disks import describe_refusal, describe_trouble
from shanty.files.private_files import (
    FOLDER_MODE,
    make_contents_private,
    make_private,
    make_private_folder,
)

# What Shanty itself makes in a home. Under a loose umask, earlier versions let others read it.
_OURS = (
    *(
        "shanty.db*",
        "shanty.log*",
        ".__shanty.lock",
        "up.lock",
        "secret",
        "playlists.lock",
        "web.*",
    ),
    *("cookies.*", ".cookies.*", "prefect", "tmp", "incoming", "covers", "artists", "web.*"),
    *("backups", "restore", "restoring.json", "tools", "small-covers"),
)
RESTORING = "restoring.json"
"""The file in a home that a restore has begun to change and has not finished."""


def prepare_home(settings: Settings) -> None:
    """Make the home folder, and close it to other users.

    Raises:
        ConfigError: it cannot be made, cannot be written to, or a restore into it is unfinished.
    """
    require_whole_home(settings)
    home = settings.home
    try:
        home.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"setting 'home': the folder {home} cannot be made: {describe_refusal(error, home)}"
        ) from None
    if not os.access(home, os.W_OK | os.X_OK):
        why = describe_trouble(home)
        raise ConfigError(
            f"setting 'home': the folder {home} cannot be written to{f': {why}' if why else ''}"
        )
    keep_home_private(settings)


def require_whole_home(settings: Settings) -> None:
    """Refuse a home that is half the old and half the restored one.

    Raises:
        ConfigError: a restore was interrupted; the message says how it is finished.
    """
    if (settings.home / RESTORING).exists():
        raise ConfigError(
            f"a restore into {settings.home} was interrupted: run `shanty restore FILE` again, "
            f"which finishes it ({RESTORING} there names the file)"
        )


def keep_home_private(settings: Settings) -> None:
    """Take away other users' rights in a home that was made with wider rights.

    Library, trash and staging keep their rights, because players must reach the music also where it
    lies in home. If the folder holds other things too, such as a person's own home, the folder and
    these things keep their mode.
    """
    home, public = settings.home, _public_folders(settings)
    try:
        names = [path.name for path in home.iterdir()]
    except OSError:
        return
    ours = [name for name in names if any(fnmatch(name, one) for one in _OURS)]
    is_way = any(home == folder or home in folder.parents for folder in public)
    if len(ours) == len(names) and not is_way:
        with suppress(OSError):
            make_private_folder(home)
    for name in ours:
        make_private(home / name, but=public)
    make_contents_private(home / "prefect", but=public)


def _public_folders(settings: Settings) -> list[Path]:
    named = (settings.library.path, settings.library.trash, settings.download.staging)
    return [folder for folder in named if folder is not None]
