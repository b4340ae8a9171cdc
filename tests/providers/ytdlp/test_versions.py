"""Newer versions of yt-dlp: found, proved, used by the next run, and left again."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from shanty.config.settings import load_settings
from shanty.config.surroundings import clean_import_path
from shanty.db import open_database
from shanty.demo.faults import FaultKind
from shanty.demo.world import World
from shanty.errors import StageError
from shanty.models import Candidate
from shanty.providers.ytdlp.versions import choice, installer, outcomes, renewal
from shanty.providers.ytdlp.versions.choice import find_in_use, read_record, version_dir
from shanty.providers.ytdlp.versions.installer import PackageRelease
from shanty.providers.ytdlp.versions.outcomes import ToolOutcome, find_decline, read_outcomes
from shanty.providers.ytdlp.versions.renewal import Renewal, UnfitError, renew_ytdlp, require_fit
from shanty.sources.budgets import Budgets
from shanty.sources.circuits import Circuits
from shanty.sources.ytdlp_source import YtDlpSource
from tests.world.shell import Shell
from tests.world.ytdlp_wheels import BREAKS_AT_THE_SITE, LocalIndex, lay_version, local_index

__all__ = ["local_index"]

pytestmark = pytest.mark.takes(seconds=25)

ROOT = Path(__file__).resolve().parents[3]
GOOD, BETTER = "2099.1.1", "2099.2.2"
NOW = choice.installed_version()


@pytest.fixture
def home(home: Path) -> Path:
    """The home folder itself."""
    return home / "home"


def renew(home: Path) -> Renewal:
    return renew_ytdlp(home, clean_import_path(os.environ))


def run_next(*urls: str, **environment: str) -> list[str]:
    """What a process says that begins now: its version, and how each upload ended."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.world.version_process", *urls],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def test_a_broken_version_is_not_used_and_not_tried_again(
    home: Path, local_index: LocalIndex
) -> None:
    local_index.add(GOOD, more="raise ImportError('half of it is missing')")
    told = renew(home)
    assert told.is_news and not told.is_switched
    assert f"{NOW} stays in use: {GOOD} is not used, because it failed its proof" in told.message
    assert "half of it is missing" in told.message
    assert find_in_use(home) == choice.KnownVersion(NOW, "as installed")
    assert not list(choice.tools_dir(home).glob("*2099*"))
    again = renew(home)
    assert not again.is_news
    assert "half of it is missing" in again.message
    refused = choice.find_refused(home)
    assert refused is not None and refused.version == GOOD
    lay_version(version_dir(home, BETTER), BETTER)
    choice.switch_to(home, BETTER)
    assert choice.find_refused(home) is None, "a newer one is in use"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ("import os; os._exit(0)", "without a word"),
        ("import sys; sys.exit(0)", "SystemExit"),
        (
            "import yt_dlp.extractor as _all\n"
            "_known = _all.gen_extractor_classes()\n"
            "_all.gen_extractor_classes = lambda: _known[:900]",
            "it has no extractor",
        ),
        (
            "from yt_dlp.extractor.youtube import YoutubeSearchIE as _Search\n"
            "_Search._search_results = lambda self, query: iter(())",
            "a search finds",
        ),
        (
            "from yt_dlp.downloader.http import HttpFD\n"
            "HttpFD.real_download = lambda self, filename, info: False",
            "holds nothing",
        ),
        ("import socket; socket.create_connection(('127.0.0.1', 9))", "reaches no network"),
    ],
)
def test_what_the_proof_notices(tmp_path: Path, more: str, why: str) -> None:
    folder = lay_version(tmp_path / "packages", GOOD, more)
    with pytest.raises(UnfitError, match=why):
        require_fit(folder, GOOD, clean_import_path(os.environ))


def test_a_version_may_bring_nothing_but_itself(tmp_path: Path) -> None:
    folder = lay_version(tmp_path / "packages", GOOD)
    (folder / "json.py").touch()
    with pytest.raises(UnfitError, match=r"json\.py, which could hide others"):
        require_fit(folder, GOOD, {})


def test_the_installed_version_passes_its_own_proof(tmp_path: Path) -> None:
    require_fit(lay_version(tmp_path / "packages", GOOD), GOOD, clean_import_path(os.environ))


def test_an_index_without_it_is_one_quiet_line(home: Path, local_index: LocalIndex) -> None:
    told = renew(home)
    assert not told.is_news
    assert told.message.startswith(f"yt-dlp {NOW} stays in use: pip: Could not find a version")
    assert read_record(home) == choice.ChoiceRecord()


def test_an_index_that_is_away_keeps_its_password_to_itself(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_FIND_LINKS": "",
        "PIP_NO_INDEX": "0",
        "PIP_RETRIES": "0",
        "PIP_INDEX_URL": "http://me:secret@127.0.0.1:9/simple",
    }.items():
        monkeypatch.setenv(name, value)
    assert renew(home).message == (
        f"yt-dlp {NOW} stays in use: pip: the package index cannot be reached"
    )
    assert installer._describe("x\nERROR: no http://me:secret@host/simple") == (
        "no http://***@host/simple"
    )


def test_without_pip_and_uv_it_is_said_plainly(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installer, "find_spec", lambda name: None)
    monkeypatch.setattr(installer.shutil, "which", lambda *_, **__: None)
    assert "neither pip nor uv is there: install one of them" in renew(home).message


def test_uv_is_asked_where_there_is_no_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In uv's own words, as uv 0.13 has them; its options were tried with the real one."""
    uv = tmp_path / "uv"
    uv.write_text(
        "#!/bin/sh\n"
        f'echo "$@" >> {tmp_path}/asked\n'
        f'[ "$4" = compile ] && cat && printf "==2099.1.1 \\\\\n    --hash=sha256:{"a" * 64}\n"\n'
        "exit 0\n"
    )
    uv.chmod(0o755)
    monkeypatch.setattr(installer, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    found = installer.find_installer(os.environ)
    release = found.find_newest("yt-dlp")
    assert release == PackageRelease("yt-dlp", GOOD, ("a" * 64,))
    found.install(release, tmp_path / "place" / "packages")
    listed = (tmp_path / "place" / "yt-dlp.txt").read_text()
    assert listed == f"yt-dlp=={GOOD} --hash=sha256:{'a' * 64}\n"
    for line in (tmp_path / "asked").read_text().splitlines():
        assert "--no-deps --only-binary :all:" in line


def test_a_good_version_is_used_by_the_next_run_whenever_a_kill_comes(
    home: Path, local_index: LocalIndex
) -> None:
    local_index.add(GOOD)
    code = (
        "import os, sys; from pathlib import Path\n"
        "from shanty.providers.ytdlp.versions.renewal import renew_ytdlp\n"
        "renew_ytdlp(Path(sys.argv[1]), os.environ)"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(home)], cwd=ROOT)
    while not list(choice.tools_dir(home).glob(".new-*/packages")):
        assert process.poll() is None, "it has ended before it was killed"
        time.sleep(0.01)
    below = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    psutil.wait_procs(below, timeout=60)  # pip itself goes on to its end
    assert find_in_use(home) == choice.KnownVersion(NOW, "as installed")
    told = renew(home)
    assert (told.is_switched, told.message) == (
        True,
        f"yt-dlp {GOOD} is in use: newer than {NOW}, and proved",
    )
    assert run_next() == [GOOD]
    assert choice.installed_version() == NOW, "the environment is as it was"
    packages = {path.name for path in version_dir(home, GOOD).iterdir()}
    assert {"yt_dlp", "yt_dlp_ejs", "yt_dlp_ejs-9.9.dist-info"} <= packages
    assert not {one for one in packages if one.startswith(".")}, "the proof leaves nothing behind"
    assert version_dir(home, GOOD).stat().st_mode & 0o777 == 0o700
    assert not list(choice.tools_dir(home).glob(".new-*"))
    assert renew(home) == Renewal(f"yt-dlp {GOOD} is the newest")


class Laying:
    """An installer that lays the newest version into its folder, as fast as can be."""

    def __init__(self, version: str):
        self.version = version

    def find_newest(self, requirement: str) -> PackageRelease:
        return PackageRelease(requirement, self.version)

    def install(self, release: PackageRelease, into_dir: Path) -> None:
        lay_version(into_dir, release.version)


def test_the_last_two_are_kept_and_whatever_is_used(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take(version: str) -> None:
        monkeypatch.setattr(renewal, "find_installer", lambda _: Laying(version))
        monkeypatch.setattr(renewal, "require_fit", lambda *_: None)
        assert renew(home).is_switched

    def kept() -> list[str]:
        found = choice.tools_dir(home).glob("yt-dlp-*")
        return sorted(path.name.removeprefix("yt-dlp-") for path in found)

    take("2099.1.1")
    used = choice.lock_version(version_dir(home, "2099.1.1"), fcntl.LOCK_SH)
    assert used is not None
    take("2099.2.2")
    take("2099.3.3")
    assert kept() == ["2099.1.1", "2099.2.2", "2099.3.3"]
    os.close(used)
    take("2099.4.4")
    assert kept() == ["2099.3.3", "2099.4.4"]


def test_a_version_that_breaks_at_the_site_is_left_by_itself(
    home: Path, world: World, local_index: LocalIndex, shanty: Shell
) -> None:
    urls = [f"{world.base_url}/watch?v={world.truth[one]}" for one in world.recordings[:6]]
    environment = world.settings_environment()
    assert run_next(*urls[:2], **environment) == [NOW, "worked", "worked"]
    local_index.add(GOOD, more=BREAKS_AT_THE_SITE)
    assert renew(home).is_switched, "it knows all of its facts"
    version, *ends = run_next(*urls[2:], **environment)
    assert version == GOOD
    assert "worked" not in ends
    why = f"4 downloads at shantydemo failed, where {NOW} had worked"
    assert read_record(home).rejected == {GOOD: why}
    assert find_in_use(home) == choice.KnownVersion(NOW, "in use again")
    assert run_next(urls[2], **environment) == [NOW, "worked"]
    told = renew(home)
    assert (told.is_switched, told.message.endswith(why)) == (False, True)
    # It is said where people look.
    assert shanty("status") == 0
    assert f"yt-dlp {GOOD} is not used: {why}" in shanty.out


def test_only_failures_of_the_tool_are_noted(home: Path, world: World, tmp_path: Path) -> None:
    settings = load_settings(home=home, download={"interval": "0s", "request_interval": "0s"})
    database = open_database(f"sqlite:///{tmp_path / 'x.db'}")
    source = YtDlpSource(settings, Budgets(database), Circuits(database))
    upload = world.truth[world.recordings[0]]
    candidate = Candidate("ShantyDemo", upload, f"{world.base_url}/watch?v={upload}", "")
    world.faults.add(FaultKind.GONE)
    with pytest.raises(StageError):
        source.fetch(candidate, tmp_path / "new", should_stop=lambda: False)
    assert read_outcomes(home) == []
    world.faults.clear()
    source.fetch(candidate, tmp_path / "new", should_stop=lambda: False)
    [noted] = read_outcomes(home)
    assert (noted.version, noted.site, noted.end) == (NOW, "shantydemo", "worked")


def ended(version: str, ends: str, site: str = "a", asks: str = "downloads") -> list[ToolOutcome]:
    """A letter for each: ``w`` worked, ``f`` failed; each is another upload, ``=`` the last one."""
    found: list[ToolOutcome] = []
    for number, letter in enumerate(ends):
        if letter == "=":
            found.append(found[-1])
        else:
            end = "worked" if letter == "w" else "failed"
            found.append(ToolOutcome(version, site, asks, end, f"{version}{site}{number}"))
    return found


@pytest.mark.parametrize(
    ("before", "after", "declines"),
    [
        ("www", "ffff", True),
        ("www", "fff", False),
        ("www", "f===", False),
        ("www", "f==f", True),
        ("www", "wwffff", True),
        ("www", "wwwwwffff", False),
        ("", "ffff", False),
        ("fff", "ffff", False),
        ("wff", "ffff", False),
        ("wwf", "ffff", True),
    ],
)
def test_what_counts_as_worse(before: str, after: str, declines: bool) -> None:
    noted = ended("1", before) + ended("2", after)
    assert bool(find_decline(noted, "2", "1")) is declines
    assert find_decline(noted, "1", "2") == ""


def test_each_site_and_each_kind_of_request_is_judged_by_itself() -> None:
    before = ended("1", "www") + ended("1", "w", asks="searches")
    assert not find_decline(before + ended("2", "ffff", site="b"), "2", "1")
    others = ended("2", "wwwwwwwww", asks="searches") + ended("2", "wwwwww", site="b")
    assert find_decline(before + others + ended("2", "ffff"), "2", "1").startswith("4 downloads")
    searches = ended("2", "ffff", asks="searches")
    assert find_decline(before + searches, "2", "1").startswith("4 searches")


def test_the_outcomes_stay_small(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcomes, "MOST_BYTES", 2000)
    for number in range(100):
        with outcomes.noting_outcome(home, "site", "downloads", str(number)):
            pass
    path = choice.tools_dir(home) / "outcomes"
    assert path.stat().st_size <= 2000
    assert 10 < len(read_outcomes(home)) < 100
    path.write_bytes(b"\xff\nhalf a line\n" + path.read_bytes())
    assert 10 < len(read_outcomes(home)) < 100


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "7",
        '{"switches": 7}',
        '{"shanty": "x", "switches": [{}], "rejected": {}}',
        json.dumps(
            {
                "shanty": "x",
                "rejected": {},
                "switches": [
                    {
                        "version": "../../1",
                        "before": "",
                        "at": "2099-01-01T00:00:00+00:00",
                        "why": "",
                        "is_back": False,
                    }
                ],
            }
        ),
    ],
)
def test_a_record_that_makes_no_sense_is_none(home: Path, content: str) -> None:
    choice.tools_dir(home).mkdir(parents=True)
    (choice.tools_dir(home) / "chosen.json").write_text(content)
    assert find_in_use(home) == choice.KnownVersion(NOW, "as installed")


def test_a_folder_that_others_may_write_to_is_not_used(home: Path) -> None:
    folder = lay_version(version_dir(home, GOOD), GOOD)
    choice.switch_to(home, GOOD)
    assert find_in_use(home).folder == folder
    folder.chmod(0o777)
    assert find_in_use(home).version == NOW
    assert "not there or not ours" in find_in_use(home).why


def test_what_another_shanty_has_rejected_gets_another_chance(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choice.change_record(home, lambda record: record.without(GOOD, "it failed its proof"))
    assert read_record(home).rejected
    monkeypatch.setattr(choice, "__version__", "99")
    assert not read_record(home).rejected


def test_an_update_of_the_environment_wins(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_version(version_dir(home, GOOD), GOOD)
    choice.switch_to(home, GOOD)
    monkeypatch.setattr(choice, "installed_version", lambda: BETTER)
    assert find_in_use(home) == choice.KnownVersion(BETTER, "as installed")
