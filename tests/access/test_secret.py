"""The secret of a home: made once, whole, for its owner alone, whoever asks at the same time."""

from __future__ import annotations

import multiprocessing
import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from shanty.access import secret as module
from shanty.access.secret import read_secret
from shanty.errors import ShantyError

AT_ONCE = 12


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("open_umask")
def test_it_is_made_at_first_use_for_its_owner_alone(tmp_path: Path) -> None:
    secret = read_secret(tmp_path / "home")
    path = tmp_path / "home" / "secret"
    assert path.read_text() == f"{secret}\n"
    assert len(secret) >= 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["secret"]
    assert read_secret(tmp_path / "home") == secret
    assert read_secret(tmp_path / "another") != secret


def test_those_who_make_it_at_once_have_the_same(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    barrier, answers = context.Barrier(AT_ONCE), context.Queue()

    def ask() -> None:
        barrier.wait()
        answers.put(read_secret(tmp_path))

    processes = [context.Process(target=ask) for _ in range(AT_ONCE)]
    for process in processes:
        process.start()
    found = {answers.get(timeout=20) for _ in processes}
    for process in processes:
        process.join()
    assert found == {read_secret(tmp_path)}
    assert [entry.name for entry in tmp_path.iterdir()] == ["secret"]


@pytest.mark.parametrize("step", ["fsync", "link"])
def test_whoever_is_killed_while_making_it_leaves_nothing_half(tmp_path: Path, step: str) -> None:
    def ask_and_die() -> None:
        setattr(os, step, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
        read_secret(tmp_path)

    process = multiprocessing.get_context("fork").Process(target=ask_and_die)
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert not (tmp_path / "secret").exists()
    secret = read_secret(tmp_path)
    assert (tmp_path / "secret").read_text() == f"{secret}\n"
    assert [entry.name for entry in tmp_path.iterdir()] == ["secret"]


@pytest.mark.parametrize("is_dangling", [False, True])
def test_a_link_is_not_followed(tmp_path: Path, is_dangling: bool) -> None:
    target = tmp_path / "elsewhere"
    if not is_dangling:
        target.write_text("a-secret-that-another-knows\n")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "secret").symlink_to(target)
    with pytest.raises(ShantyError, match="is a link"):
        read_secret(tmp_path / "home")
    assert target.exists() is not is_dangling


@pytest.mark.parametrize(
    "content",
    [
        "",
        "\n",
        "short\n",
        "two-lines-of-a-secret\nand-another\n",
        "a secret with some spaces\n",
        "ein-geheimnis-mit-größe\n",
        "user:with-a-secret-of-its-own\n",
        "x" * 5000,
    ],
)
def test_what_is_no_secret_is_said_and_kept(tmp_path: Path, content: str) -> None:
    path = tmp_path / "secret"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(ShantyError, match="holds no secret"):
        read_secret(tmp_path)
    assert path.read_text() == content


@pytest.mark.parametrize("content", ["a-secret-of-the-owner", "a-secret-of-the-owner\n"])
def test_an_own_one_is_taken_as_it_is(tmp_path: Path, content: str) -> None:
    path = tmp_path / "secret"
    path.write_text(content)
    path.chmod(0o600)
    assert read_secret(tmp_path) == "a-secret-of-the-owner"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o666, 0o620])
def test_one_that_others_can_read_or_write_is_none(tmp_path: Path, mode: int) -> None:
    read_secret(tmp_path)
    (tmp_path / "secret").chmod(mode)
    with pytest.raises(ShantyError, match="other users"):
        read_secret(tmp_path)


def test_one_of_another_user_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read_secret(tmp_path)
    owner = (tmp_path / "secret").stat().st_uid
    if owner == 0:
        os.chown(tmp_path / "secret", 12345, -1)
        owner = 12345
    monkeypatch.setattr(module.os, "geteuid", lambda: owner + 1)
    with pytest.raises(ShantyError, match="another user"):
        read_secret(tmp_path)


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_what_is_no_file_is_said_and_waited_for_by_nobody(tmp_path: Path, make: object) -> None:
    assert callable(make)
    make(tmp_path / "secret")
    with pytest.raises(ShantyError, match="is no file"):
        read_secret(tmp_path)
