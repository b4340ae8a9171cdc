"""Wheels of yt-dlp that tests make, in a folder that pip takes for its only index.

Each holds a few small files, and takes everything else from the installed yt-dlp. So it is as good
as that one, and misbehaves only where its test lets it.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import yt_dlp
import yt_dlp_ejs

_INSTALLED = Path(yt_dlp.__file__).parent
_INIT = """
__path__.append({installed!r})
exec(compile(open({init!r}).read(), __file__, "exec"))
{more}
"""
BREAKS_AT_THE_SITE = """
from yt_dlp.extractor.common import InfoExtractor as _Extractor
from yt_dlp.utils import ExtractorError as _Error
_asked = _Extractor._download_json
def _ask(self, url, *arguments, **options):
    if "/watch" in str(url) and "127.0.0.1" in str(url):
        raise _Error("Unable to extract the page's data")
    return _asked(self, url, *arguments, **options)
_Extractor._download_json = _ask
"""
"""What a version does that knows all of its facts, but no longer understands the site itself."""


@dataclass(frozen=True)
class LocalIndex:
    """A folder with wheels, and the environment that lets pip take packages from there alone."""

    folder: Path
    environment: Mapping[str, str]

    def add(self, version: str, more: str = "", **others: str) -> None:
        """Make a wheel of yt-dlp. ``more`` is code at its end, ``others`` are further modules."""
        files = _modules(version, more) | {f"{name}.py": text for name, text in others.items()}
        self.write("yt_dlp", version, files, 'Requires-Dist: yt-dlp-ejs==9.9; extra == "default"')

    def add_scripts(self) -> None:
        """Make the wheel of the scripts that such a yt-dlp asks for."""
        init = _taken_from(Path(yt_dlp_ejs.__file__).parent, "")
        self.write("yt_dlp_ejs", "9.9", {"yt_dlp_ejs/__init__.py": init}, "")

    def write(self, module: str, version: str, files: Mapping[str, str], known_as: str) -> None:
        """Make a wheel of anything. ``known_as`` are further lines of its metadata."""
        name = module.replace("_", "-")
        known = f"{module}-{version}.dist-info"
        files = {
            **files,
            f"{known}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
            f"Provides-Extra: default\n{known_as}\n",
            f"{known}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\n"
            "Tag: py3-none-any\n",
        }
        listed = "".join(f"{path},,\n" for path in (*files, f"{known}/RECORD"))
        with zipfile.ZipFile(self.folder / f"{module}-{version}-py3-none-any.whl", "w") as wheel:
            for path, content in {**files, f"{known}/RECORD": listed}.items():
                wheel.writestr(path, content)


def _taken_from(package: Path, more: str) -> str:
    init = str(package / "__init__.py")
    return _INIT.format(installed=str(package), init=init, more=more)


def _modules(version: str, more: str) -> dict[str, str]:
    said = (_INSTALLED / "version.py").read_text()
    return {
        "yt_dlp/__init__.py": _taken_from(_INSTALLED, more),
        "yt_dlp/version.py": f"{said}\n__version__ = {version!r}\n",
    }


def lay_version(folder: Path, version: str, more: str = "") -> Path:
    """Lay such a yt-dlp into a folder, as an installer would; returns the folder."""
    for name, text in _modules(version, more).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.fixture
def local_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalIndex:
    """An index of the test's own, which this process and those below it use."""
    folder = tmp_path / "index"
    folder.mkdir()
    environment = {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(folder),
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_NO_CACHE_DIR": "1",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    index = LocalIndex(folder, environment)
    index.add_scripts()
    return index
