"""One file on a disk: written whole or not at all, moved, named and recognised by its bytes."""
