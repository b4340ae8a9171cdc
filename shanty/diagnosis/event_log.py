"""The event log: one line for each event, in a rotating file that several processes write.

Owns where the lines go, how they look, and that none holds a secret of the settings. Each module
decides itself which events it logs.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

from concurrent_log_handler import ConcurrentRotatingFileHandler
from pydantic import BaseModel, SecretStr

from shanty.config.settings import Settings
from shanty.db import parse_url
from shanty.errors import ConfigError, hide_secrets, one_line
from shanty.files.disks import describe_refusal
from shanty.files.private_files import open_private

PACKAGES = ("shanty", "tasks", "flows", "deployments")
FILE_NAME = "shanty.log"
_LOCK_NAME = ".__shanty.lock"  # the name that concurrent_log_handler gives it
MAX_BYTES = 2 * 1024 * 1024
BACKUPS = 4


class SecretFreeFormatter(logging.Formatter):
    """Writes lines, with stars in place of the secrets it was given."""

    def __init__(self, pattern: str, secrets: Iterable[str]):
        super().__init__(pattern)
        self._secrets = [secret for secret in secrets if secret]

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record, with the lines of a traceback indented below it.

        So no text from outside, such as a title with a line break, looks like an event of ours.
        """
        text = super().format(record).replace("\n", "\n    ")
        return hide_secrets(text, self._secrets)

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line without a traceback."""
        record.message = one_line(record.message)
        return super().formatMessage(record)


class EventFile(ConcurrentRotatingFileHandler):
    """The log of a home. A line that cannot be written is lost; no work stops for that."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Print nothing: a traceback would stand between the lines of a command's output."""


def secrets_of(settings: Settings) -> list[str]:
    """Every text in the settings that nobody may see."""
    password = str(parse_url(settings.resolved_database_url).password or "")
    return [password, *_secrets_in(settings)]


def _secrets_in(section: BaseModel) -> Iterator[str]:
    for name in type(section).model_fields:
        value = getattr(section, name)
        if isinstance(value, SecretStr):
            yield value.get_secret_value()
        elif isinstance(value, tuple):
            yield from (one.get_secret_value() for one in value if isinstance(one, SecretStr))
        elif isinstance(value, BaseModel):
            yield from _secrets_in(value)


def write_events_to_file(settings: Settings) -> logging.Handler:
    """Append this process's events to ``shanty.log`` in the home folder, from now on.

    At most five files of 2 MiB each are kept. Returns the handler, for :func:`stop_writing`.

    Raises:
        ConfigError: the folder cannot be written.
    """
    path = log_path(settings.home)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The handler opens the files only at its first line, too late for an error in one sentence.
        for each in (path, path.with_name(_LOCK_NAME)):
            open_private(each, "a").close()
        handler = EventFile(
            str(path), maxBytes=MAX_BYTES, backupCount=BACKUPS, encoding="utf-8", chmod=0o600
        )
    except OSError as error:
        raise ConfigError(
            f"the log {path} cannot be written: {describe_refusal(error, path)}"
        ) from None
    pattern = "%(asctime)s %(levelname)-7s %(message)s"
    add_handler(handler, SecretFreeFormatter(pattern, secrets_of(settings)))
    return handler


def add_handler(handler: logging.Handler, formatter: logging.Formatter) -> None:
    """Send the events of our own packages to a handler too."""
    handler.setFormatter(formatter)
    handler.setLevel(logging.INFO)
    for name in PACKAGES:
        logger = logging.getLogger(name)
        logger.setLevel(logging.INFO)
        logger.addHandler(handler)


def stop_writing(handler: logging.Handler) -> None:
    """Undo :func:`add_handler` and close the handler."""
    for name in PACKAGES:
        logging.getLogger(name).removeHandler(handler)
    handler.close()


def log_path(home: Path) -> Path:
    """The path of a home's event log."""
    return home / FILE_NAME
