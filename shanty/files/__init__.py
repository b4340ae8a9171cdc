"""One file on a disk: it is written whole or not at all, moved, named, and known by its bytes."""
