"""Debian's systemd in namespaces of its own: this machine's files, but nothing is written to them.

Its root is this machine's root below a layer in memory, and its network is a loopback of its own.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import psutil

from tests.world.service_home import wait_until

_SYSTEMD = Path("/lib/systemd/systemd")
_CGROUPS = (Path("/sys/fs/cgroup/unified"), Path("/sys/fs/cgroup"))
_TARGET = """\
[Unit]
Requires=basic.target dbus.socket
After=basic.target
"""
_BOOT = """\
root={folder}/root
mount -t tmpfs tmpfs {folder}
mkdir {folder}/upper {folder}/work $root
mount -t overlay -o lowerdir=/,upperdir={folder}/upper,workdir={folder}/work overlay $root
mount -t proc proc $root/proc
mount -o bind,ro $root/proc/sys $root/proc/sys
mount -t sysfs -o ro sysfs $root/sys
mount -t tmpfs tmpfs $root/sys/fs/cgroup || true
mount -t cgroup2 cgroup2 $root/sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs $root/run
mount -t tmpfs -o mode=755 tmpfs $root/dev
for name in null zero full random urandom tty; do cp --archive /dev/$name $root/dev/$name; done
mkdir $root/dev/pts
mount -t devpts -o newinstance,ptmxmode=0666 devpts $root/dev/pts
ln -s pts/ptmx $root/dev/ptmx
ln -s /proc/self/fd $root/dev/fd
mkdir -m 1777 $root/dev/shm
rm -rf $root/etc/systemd/system/*.wants
mkdir -p $root/etc/tmpfiles.d
: > $root/etc/tmpfiles.d/tmp.conf
echo {target} > $root/etc/systemd/system/box.target
ip link set lo up
exec env -i container=box PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    chroot $root {systemd} --unit=box.target --log-target=console --show-status=no
"""


def why_no_systemd() -> str:
    """Why no systemd can be booted here; empty if one can."""
    if os.geteuid():
        return "only root can boot a systemd"
    missing = [name for name in ("unshare", "nsenter", "ip", "systemctl") if not shutil.which(name)]
    if missing or not _SYSTEMD.exists():
        return f"not installed: {', '.join(missing) or 'systemd'}"
    return "" if _find_cgroups() else "there are no cgroups of the second version here"


def _find_cgroups() -> Path | None:
    return next((path for path in _CGROUPS if (path / "cgroup.procs").exists()), None)


class SystemdBox:
    """A booted systemd. ``folder`` is an empty folder of this test."""

    def __init__(self, folder: Path):
        self._folder = folder
        cgroups = _find_cgroups()
        assert cgroups is not None
        self._cgroup = cgroups / f"shanty-{os.getpid()}"
        self._pid = 0

    def __enter__(self) -> SystemdBox:
        self._cgroup.mkdir()
        boot = _BOOT.format(
            folder=self._folder, target=shlex.quote(_TARGET), systemd=_SYSTEMD.resolve()
        )
        enter = f"echo $$ > {self._cgroup}/cgroup.procs && exec unshare --cgroup --mount --pid "
        enter += "--uts --ipc --net --fork --kill-child sh -euc "
        self._outer = subprocess.Popen(["sh", "-c", enter + shlex.quote(boot)])
        outer = psutil.Process(self._outer.pid)
        wait_until(lambda: bool(outer.children()), "it is begun")
        self._pid = outer.children()[0].pid
        wait_until(lambda: self.run("systemctl", "is-active", "box.target").ok, "it is booted")
        return self

    def __exit__(self, *_: object) -> None:
        self._outer.kill()
        self._outer.wait()
        wait_until(self._is_cgroup_removed, "all in it have ended")

    def _is_cgroup_removed(self) -> bool:
        folders = [path for path in self._cgroup.rglob("*") if path.is_dir()]
        try:
            for path in [*sorted(folders, reverse=True), self._cgroup]:
                path.rmdir()
        except OSError:  # somebody is still about to end
            return False
        return True

    def run(self, *command: str, **environment: str) -> Done:
        """Run a command in it as root."""
        entered = ["nsenter", "--target", str(self._pid), "--mount", "--pid", "--uts", "--ipc"]
        pairs = [
            f"{name}={value}"
            for name, value in ({"PATH": os.environ["PATH"]} | environment).items()
        ]
        done = subprocess.run(
            [*entered, "--net", "--cgroup", "--root", "env", "--chdir=/", "-i", *pairs, *command],
            capture_output=True,
            text=True,
            check=False,
        )
        return Done(done)

    def show(self, unit: str, *properties: str) -> Mapping[str, str]:
        """Properties of a unit."""
        said = self.run("systemctl", "show", f"--property={','.join(properties)}", unit).said
        return dict(line.partition("=")[::2] for line in said.splitlines())


class Done:
    """What has become of a command."""

    def __init__(self, done: subprocess.CompletedProcess[str]):
        self.ok = done.returncode == 0
        self.said = done.stdout + done.stderr
