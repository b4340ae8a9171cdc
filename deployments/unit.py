"""The systemd unit that runs ``shanty up``, as text.

Owns what the unit says, and how a value is written into one
(https://www.freedesktop.org/software/systemd/man/latest/systemd.syntax.html). Refuses to know where
the file lies, and whether there is a systemd.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path

from shanty.config.surroundings import ROOT

NAME = "shanty.service"
MARK = "# Made by `shanty service install`, which may write it anew: `systemctl edit` changes it."
TAKEN_OVER = ("SHANTY_HOME", "SHANTY_CONFIG", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "TZ")
"""The variables that say where things are. Any other setting belongs into the settings file."""

_UNIT = """\
{mark}
[Unit]
Description=Shanty keeps a music library complete
Documentation=https://github.com/shanty-music/shanty
{after}\
StartLimitIntervalSec=1h
StartLimitBurst=6

[Service]
Type=notify
SyslogIdentifier=shanty
NotifyAccess=main
ExecStart={command} -P -m cli.main up
{environment}\
{user}\
# A part that hangs is started again by Shanty itself within three minutes. If that does not help,
# or Shanty itself hangs, no sign of life comes, and systemd starts all of it anew.
WatchdogSec=10min
WatchdogSignal=SIGTERM
Restart=on-failure
RestartSec=20s
# The first start makes Prefect's database, which takes minutes on a slow disk.
TimeoutStartSec=20min
TimeoutStopSec=30s
# Shanty ends its processes itself, in order; what is left after that is killed.
KillMode=mixed
UMask=0077

{hardening}
[Install]
WantedBy={target}
"""

# What the user's own systemd may do, which has no more rights than the user.
_HARDENING = """\
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
"""

_SYSTEM_HARDENING = """\
AmbientCapabilities=
CapabilityBoundingSet=
KeyringMode=private
PrivateDevices=yes
PrivateTmp=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
# The library, staging and backups may lie anywhere else, and settings may move them.
ProtectSystem=full
RemoveIPC=yes
RestrictNamespaces=yes
# Not set, because it would break something:
# RestrictSUIDSGID: folders of the library keep the setgid bit of the folder above.
# MemoryDenyWriteExecute: Deno compiles JavaScript while it runs.
# ProcSubset, ProtectProc: Shanty looks whether the processes of its home are alive.
"""


def user_unit(environment: Mapping[str, str]) -> str:
    """The unit for a user's own systemd."""
    return _fill(environment, after="", user="", hardening=_HARDENING, target="default.target")


def system_unit(environment: Mapping[str, str], user: str) -> str:
    """The unit for the machine's systemd, which runs the service as ``user``."""
    # The folders of whoever installs it are not those of the user.
    given = {name: value for name, value in environment.items() if not name.startswith("XDG_")}
    return _fill(
        given,
        after="Wants=network-online.target\nAfter=network-online.target\n",
        user=f"User={user}\n",
        hardening=_HARDENING + _SYSTEM_HARDENING,
        target="multi-user.target",
    )


def unseen_settings(environment: Mapping[str, str]) -> list[str]:
    """The variables with settings that hold here, but not in the service."""
    ours = (name for name in environment if re.match(r"SHANTY_|PREFECT_API_", name))
    return sorted(set(ours) - set(TAKEN_OVER))


def quoted(text: str) -> str:
    """A text as one word of a unit."""
    special = {"\\": "\\\\", '"': '\\"', "%": "%%"}
    letters = (special.get(one, one if one.isprintable() else _escaped(one)) for one in text)
    return f'"{"".join(letters)}"'


def _escaped(letter: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in letter.encode("utf-8", "surrogateescape"))


def _fill(environment: Mapping[str, str], **parts: str) -> str:
    known = {name: environment[name] for name in TAKEN_OVER if environment.get(name)}
    if (ROOT / "pyproject.toml").exists():
        known["PYTHONPATH"] = str(ROOT)  # a checkout: nothing is installed
    return _UNIT.format(
        mark=MARK,
        # A dollar begins a variable there, and nowhere else.
        command=quoted(str(Path(sys.executable).absolute())).replace("$", "$$"),
        environment="".join(
            f"Environment={quoted(f'{name}={value}')}\n" for name, value in known.items()
        ),
        **parts,
    )
