"""The home folder: made when it is missing, and nobody else's to look into."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from shanty.config import Settings
from shanty.disks import describe_refusal, describe_trouble
from shanty.errors import ConfigError
from shanty.private_files import FOLDER_MODE, make_contents_private, make_private_folder


def prepare_home(settings: Settings) -> None:
    """Make the home folder, and let nobody else look into it.

    Raises:
        ConfigError: it cannot be made, or not be written to.
    """
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


def keep_home_private(settings: Settings) -> None:
    """Take from others what they may do in a home that was made with wider rights.

    Whoever plays the library's music has to come to it, also where it lies in home.
    """
    home, public = settings.home, _public_folders(settings)
    if not home.is_dir():
        return
    if not any(home == folder or home in folder.parents for folder in public):
        with suppress(OSError):
            make_private_folder(home)
    make_contents_private(home, but=public)
    make_contents_private(home / "prefect", but=public)


def _public_folders(settings: Settings) -> list[Path]:
    named = (settings.library.path, settings.library.trash, settings.download.staging)
    return [folder for folder in named if folder is not None]
