"""The image as an engine would make it and start it, without an engine: its steps, its services."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.world.container import Container, Network, read_services
from tests.world.containerfile import read_stages
from tests.world.image import Image, build, make_base, run_in, why_no_image
from tests.world.postgres_server import PostgresServer
from tests.world.service_home import wait_until

pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(bool(why_no_image()), reason=why_no_image() or "it can be made"),
]

ROOT = Path(__file__).resolve().parent.parent.parent
USER = 1234
MOST_BYTES = 700_000_000
STOP_SECONDS = 10.0
READY_SECONDS = 900.0  # on a machine that has much else to do
GIVEN = {
    "MUSIC": "/srv/music",
    "PUID": str(USER),
    "PGID": str(USER),
    "SHANTY_SERVER__PASSWORD": "a-password",
    "PREFECT_PASSWORD": "another",
    "POSTGRES_PASSWORD": "athird",
}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Debian with the Python that the image begins with."""
    (image,) = {stage.base for stage in read_stages(ROOT / "Containerfile")}
    return make_base(tmp_path_factory.mktemp("base") / "root", image)


@pytest.fixture(scope="module")
def image(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Image:
    return build(ROOT / "Containerfile", base, tmp_path_factory.mktemp("image"))


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    names = ["postgres", "prefect", "web"]
    with Network(f"shanty-{os.getpid()}", tmp_path, names) as made:
        yield made


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """A library that belongs to the user, on a path that everybody may go along."""
    for folder in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        folder.chmod(0o755)
    made = tmp_path / "music"
    made.mkdir()
    made.chmod(0o2775)
    os.chown(made, USER, USER)
    return made


@contextmanager
def made_up_scene(image: Image, folder: Path, network: Network) -> Iterator[dict[str, str]]:
    """The offline world in a container of its own; gives what points Shanty at it."""
    service = {
        "command": ["shanty", "demo", "--scene", "--dir", "/tmp/scene"],
        "tmpfs": ["/tmp"],
        "volumes": ["/config", "/music"],
    }
    with Container(image, service, folder / "scene", network).running() as scene:
        wait_until(lambda: "# For example" in scene.log(), "the scene is served", READY_SECONDS)
        exported = re.findall(r"^export (.*)$", scene.log(), re.MULTILINE)
        words = (shlex.split(line)[0].partition("=") for line in exported)
        mine = {"SHANTY_HOME", "SHANTY_LIBRARY__PATH"}
        yield {name: value for name, _, value in words if name not in mine}


def songs(music: Path) -> list[Path]:
    albums = (path for path in music.iterdir() if not path.name.startswith("."))
    return [path for album in albums for path in album.rglob("*") if path.suffix != ".jpg"]


def filed(music: Path) -> int:
    return sum(path.is_file() for path in songs(music))


def test_it_is_small_enough(image: Image) -> None:
    files = (path for path in image.root.rglob("*") if path.is_file() and not path.is_symlink())
    total = sum(path.stat().st_size for path in files)
    print(f"{total / 1e6:.0f} MB unpacked, with Debian's Python")
    assert total < MOST_BYTES


def test_debians_own_programs_fit(base: Path, tmp_path: Path) -> None:
    """Compose takes both files, and pg_dump is as new as the server."""
    root = tmp_path / "root"
    subprocess.run(["cp", "--archive", base, root], check=True)
    packages = "docker-compose postgresql-client"
    run_in(root, f"apt-get update && apt-get install -y --no-install-recommends {packages}")
    (root / "project/container").mkdir(parents=True)
    given = " ".join(f"{name}={value}" for name, value in GIVEN.items())
    for name in ("compose.yaml", "compose.scale.yaml"):
        shutil.copy(ROOT / name, root / "project")
        said = run_in(root, f"cd /project && {given} docker-compose -f {name} config")
        assert "services:" in said and "warning" not in said.lower()
    server = read_services(ROOT / "compose.scale.yaml", **GIVEN)["postgres"]["image"]
    assert f"(PostgreSQL) {server.rpartition(':')[2]}." in run_in(root, "pg_dump --version")


def test_it_fills_a_library_for_its_user_and_goes_on_after_a_stop_and_a_kill(
    image: Image, network: Network, music: Path, tmp_path: Path
) -> None:
    given = GIVEN | {"MUSIC": str(music), "CONFIG": str(tmp_path / "config")}
    (tmp_path / "config").mkdir()
    service = read_services(ROOT / "compose.yaml", **given)["shanty"]
    with made_up_scene(image, tmp_path, network) as world:
        one = Container(image, service, tmp_path / "one", network, **world)
        with one.running():
            assert not one.is_healthy(), "healthy before it is up"
            wait_until(one.is_healthy, "it is healthy", READY_SECONDS, tell=one.log)
            _everything_is_the_users(one)
            _watch(one, "Vesper Kilowatt")
            told = "filed as Vesper Kilowatt/"  # on standard output, as `docker logs` shows it
            wait_until(lambda: told in one.log(), "a run fills the library", READY_SECONDS)
            assert one.stop(STOP_SECONDS) == 0
        killed = Container(image, service, tmp_path / "one", network, **world)
        with killed.running():
            wait_until(killed.is_healthy, "healthy again", READY_SECONDS, tell=killed.log)
        again = Container(image, service, tmp_path / "one", network, **world)
        with again.running():
            wait_until(again.is_healthy, "healthy again", READY_SECONDS, tell=again.log)
            _watch(again, "Полярная Станция")
            wait_until(lambda: filed(music) > 12, "the third start goes on", READY_SECONDS)
            kept = again.execute("shanty", "library", "check")
            assert kept.returncode == 0, kept.stdout + kept.stderr
            assert again.stop(STOP_SECONDS) == 0
    assert killed.log().count("stopping:") == 2, "the kill was no stop"
    for path in songs(music):
        assert path.stat().st_uid == path.stat().st_gid == USER, path
    own = [path for path in (tmp_path / "config").rglob("*") if not path.is_symlink()]
    assert own and {path.stat().st_uid for path in own} == {USER}


def _watch(container: Container, artist: str) -> None:
    said = container.execute("shanty", "watch", "add", "artist", artist)
    assert said.returncode == 0, said.stdout + said.stderr


def _everything_is_the_users(container: Container) -> None:
    for process in container.processes():
        assert set(process.uids()) == {USER}, process.cmdline()
    assert container.processes()[0].name() == "tini"
    root = container.execute("touch", "/x")
    assert "Read-only" in root.stderr


def test_several_workers_fill_a_library_with_postgresql(
    image: Image, network: Network, music: Path, tmp_path: Path
) -> None:
    given = GIVEN | {"MUSIC": str(music), "CONFIG": str(tmp_path / "config")}
    (tmp_path / "config").mkdir()
    services = read_services(ROOT / "compose.scale.yaml", **given)
    with ExitStack() as stack:
        world = stack.enter_context(made_up_scene(image, tmp_path, network))
        postgres = stack.enter_context(PostgresServer(network.entry, GIVEN["POSTGRES_PASSWORD"]))
        with psycopg.connect(postgres.url, autocommit=True) as connection:
            connection.execute((ROOT / "container/databases.sql").read_bytes())

        def start(name: str, number: int = 1) -> Container:
            folder = tmp_path / f"{name}-{number}"
            made = Container(image, services[name], folder, network, **world)
            return stack.enter_context(made.running())

        prefect = start("prefect")
        check = services["prefect"]["healthcheck"]["test"][1:]
        wait_until(
            lambda: prefect.execute(*check).returncode == 0, "Prefect is healthy", READY_SECONDS
        )
        jobs = start("jobs")
        assert jobs.wait(READY_SECONDS) == 0, jobs.log()
        assert start("jobs", 2).wait(READY_SECONDS) == 0, "a second time changes nothing"
        web = start("web")
        workers = [start("worker", number) for number in (1, 2)]
        wait_until(web.is_healthy, "the pages are healthy", READY_SECONDS, tell=web.log)
        _watch(web, "Vesper Kilowatt")
        wait_until(lambda: filed(music) >= 12, "the workers fill the library", READY_SECONDS)
        assert workers[0].stop(STOP_SECONDS) == 0, workers[0].log()
        assert workers[1].stop(STOP_SECONDS) == 0, workers[1].log()
        assert web.stop(STOP_SECONDS) == 0, web.log()
    for path in songs(music):
        assert path.stat().st_uid == path.stat().st_gid == USER, path
