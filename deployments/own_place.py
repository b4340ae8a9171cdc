"""The place that our processes run in: a folder and an environment of their own.

Prefect reads ``.env``, ``prefect.toml`` and ``pyproject.toml`` in the current folder, and settings
in the environment. It keeps files of fixed names below ``TMPDIR``. In our place, all of these are
ours.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from shanty.config.surroundings import clean_environment
from shanty.files.private_files import make_private_folder


@contextmanager
def own_place(home: Path) -> Iterator[None]:
    """A block in which this process, and those it starts, run in a place of their own.

    Enter it before Prefect is imported: Prefect reads its settings then.

    Raises:
        OSError: home cannot be written to.
    """
    with private_folder(home / "tmp") as folder:
        environment = {**clean_environment(os.environ), "TMPDIR": str(folder)}
        with _environment(environment), _current_folder(folder):
            yield


@contextmanager
def private_folder(parent: Path) -> Iterator[Path]:
    """A new folder below ``parent`` for this process alone. Folders of dead ones are removed."""
    make_private_folder(parent)
    with ExitStack() as stack:
        gate = _open_folder(parent)
        try:
            fcntl.flock(gate, fcntl.LOCK_EX)
            _remove_abandoned(parent)
            folder = Path(tempfile.mkdtemp(prefix="run-", dir=parent))
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            held = _open_folder(folder)
            stack.callback(os.close, held)
            fcntl.flock(held, fcntl.LOCK_EX)
        finally:
            os.close(gate)
        yield folder


def _remove_abandoned(parent: Path) -> None:
    """Remove the folders that no living process holds."""
    for folder in parent.iterdir():
        with suppress(OSError):
            held = _open_folder(folder)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(held)


def _open_folder(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """Make this the whole environment; Python looks for its temporary folder anew."""
    before = dict(os.environ)
    _replace_environment(values)
    try:
        yield
    finally:
        _replace_environment(before)


def _replace_environment(values: Mapping[str, str]) -> None:
    for name in [name for name in os.environ if name not in values]:
        del os.environ[name]
    os.environ.update(values)
    tempfile.tempdir = None


@contextmanager
def _current_folder(folder: Path) -> Iterator[None]:
    try:
        before: Path | None = Path.cwd()
    except OSError:  # the current folder has been removed
        before = None
    os.chdir(folder)
    try:
        yield
    finally:
        if before is not None:
            with suppress(OSError):
                os.chdir(before)
