"""Whether a home's settings make sense before any track is touched."""

from __future__ import annotations

from shanty.config.home import prepare_home
from shanty.config.settings import Settings
from shanty.errors import ConfigError
from shanty.naming.naming import Naming


def check_settings(settings: Settings) -> None:
    """Refuse settings by which every track would fail, and make the home folder.

    Raises:
        ConfigError: a setting is wrong; the message names its key.
    """
    try:
        Naming.from_settings(settings.library)
    except ConfigError as error:
        raise ConfigError(f"setting {error}") from None
    prepare_home(settings)
