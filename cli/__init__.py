"""The command line: parse, call, print. One file per command group.

Before anything else is imported, the current folder is taken off Python's search path, and what
PYTHONPATH names goes to its end: a ``json.py``, a ``flows`` or a ``uvicorn.py`` of another project
is none of ours. Only modules that Python has loaded by itself are used for that: pathlib is none.

Garbage is collected more rarely, too: a command makes hundreds of thousands of objects while it
imports what it needs, and all of them stay. Going through them again and again took a fifth of its
processor time.
"""

import gc
import os
import sys

_OBJECTS_BETWEEN_COLLECTIONS = 20_000


def order_import_path(import_path: list[str], python_path: str, root: str) -> list[str]:
    """A search path in which nothing foreign comes before Python's own modules and ours.

    ``root`` is the folder of our packages: in a checkout it is often the current one, and stays.
    Entries of PYTHONPATH that are empty or relative mean the current folder, too.
    """
    try:
        current = os.getcwd()
    except OSError:  # it has been removed
        current = ""
    named = python_path.split(os.pathsep)
    absolute = {os.path.normpath(entry) for entry in named if os.path.isabs(entry)}
    foreign = {"", current, *(os.path.abspath(e) for e in named if e and not os.path.isabs(e))}
    ours, rest, last = [], [], []
    for entry in (one or current for one in import_path):
        if entry == root and (entry in foreign or entry in absolute):
            ours.append(entry)
        elif os.path.normpath(entry) in absolute:
            last.append(entry)
        elif entry not in foreign:
            rest.append(entry)
    return [*ours, *rest, *last]


sys.path[:] = order_import_path(
    sys.path,
    os.environ.get("PYTHONPATH", ""),
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
)
gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, *gc.get_threshold()[1:])
