"""What the circuit of a source is called: one for all machines together, or one for each.

Owns what is whose affair. Refuses to know how things stand with it.
"""

from __future__ import annotations

from shanty.errors import DISK, LIBRARY, TOOLS
from shanty.host_identity import identify_host

OF_THIS_HOST = (DISK, TOOLS, LIBRARY)
"""What is no outside source but this machine's own affair: another one may go on."""


def circuit_name(source: str) -> str:
    """The name that a source's circuit has: of a machine's own affairs each machine has one.

    A machine is what workers take for one: of two containers of one name, each is.
    """
    return f"{source}@{identify_host()}"[:128] if source in OF_THIS_HOST else source[:128]


def label_of(name: str) -> str:
    """A circuit's name as people read it: ``disk@nas``."""
    return name.rpartition("/")[0] if is_local(name) and "/" in name else name


def is_local(name: str) -> bool:
    """Whether a circuit is about one machine's own affairs."""
    return name.partition("@")[0] in OF_THIS_HOST and "@" in name
