"""A folder of a disk that is mounted in another place, as every volume of a container is."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from shanty.files.disks import describe_trouble
from tests.world.disks import SmallDisk


@pytest.mark.skipif(shutil.which("mount") is None, reason="nothing can be mounted here")
def test_a_folder_may_be_writable_where_the_disk_is_not(small_disk: SmallDisk) -> None:
    music, seen = small_disk.folder / "music", small_disk.folder / "seen"
    music.mkdir()
    seen.mkdir()
    subprocess.run(["mount", "--bind", music, seen], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", seen], check=True)
        assert "read-only" in describe_trouble(seen)
        assert "read-only" in describe_trouble(seen / "not there yet")
        assert describe_trouble(music) == ""
    finally:
        subprocess.run(["umount", seen], check=True)
