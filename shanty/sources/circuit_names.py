"""The name of a source's circuit: one for all machines together, or one for each machine.

Owns which sources concern one machine alone. Refuses to know the state of a circuit.
"""

from __future__ import annotations

from shanty.errors import DISK, LIBRARY, TOOLS
from shanty.host_identity import identify_host

OF_THIS_HOST = (DISK, TOOLS, LIBRARY)
"""What is no outside source but a matter of this machine alone: other machines may go on."""


def circuit_name(source: str) -> str:
    """The name of a source's circuit. A source that concerns one machine has one per machine.

    Machines are told apart as for workers: two containers of one name are two machines.
    """
    return f"{source}@{identify_host()}"[:128] if source in OF_THIS_HOST else source[:128]


def address_here(source: str, guarded: str) -> str:
    """The circuit that a trouble of this machine is laid to, inside the guard of a circuit.

    A disk that refuses while the library is asked for something is the library's.
    """
    library = circuit_name(LIBRARY)
    return library if source == DISK and guarded == library else circuit_name(source)


def label_of(name: str) -> str:
    """A circuit's name for people: ``disk@nas``."""
    return name.rpartition("/")[0] if is_local(name) and "/" in name else name


def is_local(name: str) -> bool:
    """Whether a circuit concerns one machine alone."""
    return name.partition("@")[0] in OF_THIS_HOST and "@" in name
