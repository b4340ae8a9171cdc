"""The recipe of the image and the compose files, held against the project; the image's own scripts.

``tests/whole/test_container.py`` carries the recipe out.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

from deployments.service_worker import STOP_SECONDS
from shanty.config.settings import Settings, unknown_keys
from tests.world.container import read_services
from tests.world.containerfile import Stage, read_stages
from tests.world.image import context_files
from tests.world.page_server import Pages

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPTS = ROOT / "container"
NEEDED = {
    "SHANTY_SERVER__PASSWORD": "a-password",
    "PREFECT_PASSWORD": "another",
    "POSTGRES_PASSWORD": "a-third",
    "MUSIC": "/srv/music",
}
FILES = ("compose.yaml", "compose.scale.yaml")


def stages(**given: str) -> list[Stage]:
    return read_stages(ROOT / "Containerfile", **given)


def test_one_argument_pins_the_base_of_every_stage() -> None:
    pinned = "docker.io/library/python@sha256:" + "0" * 64
    assert {stage.base for stage in stages(PYTHON_IMAGE=pinned)} == {pinned}
    (base,) = {stage.base for stage in stages()}
    version = re.findall(r":3\.(\d+)-slim-[a-z]+$", base)
    about = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert f"Programming Language :: Python :: 3.{version[0]}" in about["classifiers"]


def test_everything_is_installed_from_a_lock_with_hashes() -> None:
    runs = "&".join(one.rest for stage in stages() for one in stage.all("RUN"))
    installs = re.findall(r"pip install ([^&]*)", runs)
    assert [one.split()[-1] for one in installs] == [
        "requirements.lock",
        "builder.lock",
        "dist/shanty-*.whl",
    ]
    assert all("--no-deps" in one for one in installs)
    assert all("--require-hashes" in one for one in installs[:2])


def test_what_makes_the_wheel_is_taken_from_the_lock(tmp_path: Path) -> None:
    runs = " ".join(one.rest for one in stages()[0].all("RUN"))
    (command,) = re.findall(r"(awk .*? builder\.lock)", re.sub(r"\s+", " ", runs))
    shutil.copy(ROOT / "requirements-dev.lock", tmp_path)
    subprocess.run(["sh", "-c", command], cwd=tmp_path, check=True)
    taken = re.findall(r"^([a-z-]+)==", (tmp_path / "builder.lock").read_text(), re.MULTILINE)
    wanted = re.findall(r"\(([a-z|-]+)\)", command)[0].split("|")
    assert sorted(taken) == sorted(wanted)


def test_the_context_holds_what_the_wheel_needs_and_nothing_private() -> None:
    given = {path.parts[0] for path in context_files(ROOT)}
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    packages = wheel["targets"]["wheel"]["packages"]
    assert {*packages, "prefect.yaml", "pyproject.toml", "container"} <= given
    assert not {"tests", "docs", ".git", ".venv"} & given
    copied = [word for stage in stages() for one in stage.all("COPY") for word in one.words[:-1]]
    for name in copied:
        assert name in (".", "/opt/shanty") or (ROOT / name).exists(), name


def test_its_environment_says_what_the_settings_know(monkeypatch: pytest.MonkeyPatch) -> None:
    last = stages()[-1]
    for name, value in last.environment.items():
        monkeypatch.setenv(name, value)
    assert unknown_keys(Path("/nowhere")) == []
    assert last.only("VOLUME").words == [
        last.environment["SHANTY_HOME"],
        last.environment["SHANTY_LIBRARY__PATH"],
    ]
    assert last.only("EXPOSE").rest == str(Settings.model_fields["web"].default.port)
    entrances = [*last.only("ENTRYPOINT").words, last.only("CMD").words[0]]
    check = json.loads(last.only("HEALTHCHECK").rest.partition(" ")[2])
    for name in (*entrances, *check):
        assert os.access(SCRIPTS / name, os.X_OK), name


# The compose files


@pytest.mark.parametrize("name", FILES)
def test_a_compose_file_wants_every_password(name: str) -> None:
    text = (ROOT / name).read_text()
    for needed in NEEDED:
        if needed in text:
            with pytest.raises(KeyError, match=needed):
                read_services(ROOT / name, **{k: v for k, v in NEEDED.items() if k != needed})


@pytest.mark.parametrize("name", FILES)
def test_the_services_of_a_compose_file_are_ours(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = read_services(ROOT / name, **NEEDED)
    built = {key: one for key, one in services.items() if "build" in one}
    assert built
    for one in built.values():
        assert (ROOT / one["build"]["dockerfile"]).exists()
        assert one["read_only"] and one["tmpfs"] == ["/tmp"]
        assert one["cap_drop"] == ["ALL"]
        assert int(one["stop_grace_period"].removesuffix("s")) > 2 * STOP_SECONDS
        monkeypatch.undo()
        for key, value in one["environment"].items():
            monkeypatch.setenv(key, str(value))
        assert unknown_keys(Path("/nowhere")) == []
        assert Settings().server.hosts in ((), ("localhost",))
        for port in one.get("ports", ()):
            assert port.endswith(f":{Settings.model_fields['web'].default.port}")
        for other in one.get("depends_on", {}):
            assert other in services


def test_several_machines_are_set_up_as_the_page_says() -> None:
    page = (ROOT / "docs/more-than-one-machine.md").read_text()
    services = read_services(ROOT / "compose.scale.yaml", **NEEDED)
    set_there: set[str] = set()
    for one in services.values():
        set_there |= one.get("environment", {}).keys()
    exported = set(re.findall(r"^    export ([A-Z_]+)=", page, re.MULTILINE))
    # These two the image sets itself; and nobody opens Prefect's pages from outside.
    by_image = {"SHANTY_HOME", "SHANTY_LIBRARY__PATH", "PREFECT_SERVER_CORS_ALLOWED_ORIGINS"}
    assert exported - by_image <= set_there
    assert services["worker"]["command"] == ["shanty", "worker"]
    assert "\n    shanty worker\n" in page
    assert "`shanty jobs register`" in page


def test_a_variable_of_an_env_file_is_filled_in_as_compose_does(tmp_path: Path) -> None:
    path = tmp_path / "compose.yaml"
    path.write_text(yaml.safe_dump({"services": {"a": {"b": ["${X:-y}:${Z}"]}}}))
    assert read_services(path, Z="1")["a"]["b"] == ["y:1"]
    assert read_services(path, X="2", Z="1")["a"]["b"] == ["2:1"]


# The image's own scripts


@pytest.fixture
def folders() -> Iterator[dict[str, str]]:
    """Folders that any user may look into, as the variables of the image that name them."""
    root = Path(tempfile.mkdtemp(prefix="shanty-volumes-"))
    root.chmod(0o755)
    for name in ("config", "music"):
        (root / name).mkdir(mode=0o755)
    (root / "shanty.toml").touch()
    yield {
        "SHANTY_HOME": str(root / "config"),
        "SHANTY_CONFIG": str(root / "shanty.toml"),
        "SHANTY_LIBRARY__PATH": str(root / "music"),
    }
    shutil.rmtree(root)


def as_owner(folders: dict[str, str], *command: str, **given: str) -> Any:
    settings = {"PUID": "1234", "PGID": "1235", "UMASK": "022", **folders, **given}
    return subprocess.run(
        [SCRIPTS / "as-owner", *command],
        env={"PATH": os.defpath, **settings},
        capture_output=True,
        text=True,
        check=False,
    )


needs_root = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("setpriv") is None, reason="only root can become another user"
)


@needs_root
def test_a_command_runs_as_the_user_with_nothing_of_root(folders: dict[str, str]) -> None:
    shown = "id -u; id -g; id -G; umask; grep -E 'CapEff|CapPrm|NoNewPrivs' /proc/self/status"
    done = as_owner(folders, "sh", "-c", shown, UMASK="002")
    uid, gid, groups, umask, *status = done.stdout.split("\n")
    assert (uid, gid, groups, umask) == ("1234", "1235", "1235", "0002"), done.stderr
    assert [line.split()[1].strip("0") for line in status if line] == ["", "", "1"]


@needs_root
def test_the_home_follows_the_user_and_the_music_stays_whose_it_is(folders: dict[str, str]) -> None:
    home, music = Path(folders["SHANTY_HOME"]), Path(folders["SHANTY_LIBRARY__PATH"])
    (home / "shanty.db").touch()
    (music / "song.flac").touch()
    assert as_owner(folders, "true").returncode == 0
    assert {path.stat().st_uid for path in (home, home / "shanty.db")} == {1234}
    assert {path.stat().st_uid for path in (music, music / "song.flac")} == {0}


@needs_root
def test_an_empty_folder_that_the_engine_has_made_is_given_to_the_user(
    folders: dict[str, str],
) -> None:
    music = Path(folders["SHANTY_LIBRARY__PATH"])
    assert as_owner(folders, "touch", str(music / "x"), UMASK="002").returncode == 0
    assert stat.S_IMODE(music.stat().st_mode) == 0o775
    assert music.stat().st_gid == 1235


@needs_root
def test_a_shared_folder_that_may_be_written_to_is_left_alone(folders: dict[str, str]) -> None:
    music = Path(folders["SHANTY_LIBRARY__PATH"])
    music.chmod(0o777)
    assert as_owner(folders, "true").returncode == 0
    assert (music.stat().st_uid, stat.S_IMODE(music.stat().st_mode)) == (0, 0o777)


@pytest.mark.parametrize("given", [{"PUID": "me"}, {"PGID": ""}, {"UMASK": "0o22"}], ids=str)
def test_what_is_no_number_is_refused_in_a_sentence(
    folders: dict[str, str], given: dict[str, str]
) -> None:
    done = as_owner(folders, "true", **given)
    assert done.returncode == 1
    assert done.stderr.startswith("PUID, PGID and UMASK have to be numbers")
    assert len(done.stderr.splitlines()) == 1


class _Ready(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert (self.path, self.headers["Authorization"]) == ("/readyz", "Bearer s")
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"ready": true, "parts": {"database": "ok"}}')

    def log_message(self, *_: object) -> None:
        pass


def is_ready(home: Path) -> Any:
    return subprocess.run(
        [sys.executable, SCRIPTS / "is-ready"],
        env={"SHANTY_HOME": str(home), "http_proxy": "http://127.0.0.1:1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_check_of_health_believes_the_pages(tmp_path: Path) -> None:
    server = HTTPServer(("127.0.0.1", 0), _Ready)
    Thread(target=server.serve_forever, daemon=True).start()
    (tmp_path / "web.address").write_text(f"http://127.0.0.1:{server.server_port}\n")
    (tmp_path / "secret").write_text("s\n")
    done = is_ready(tmp_path)
    server.shutdown()
    server.server_close()
    assert (done.returncode, done.stdout) == (0, "database: ok\n"), done.stderr
    assert is_ready(tmp_path).returncode == 1, "nobody answers any more"
    assert is_ready(tmp_path / "nowhere").stdout == "the pages are not there (yet)\n"


def test_the_check_of_health_says_what_is_missing(pages: Pages) -> None:
    done = is_ready(pages.settings.home)
    assert done.returncode == 1
    assert "database: ok" in done.stdout
    assert "server: ok" not in done.stdout
