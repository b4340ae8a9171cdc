"""Database URLs, as they are written in settings."""

from __future__ import annotations

from sqlalchemy.engine import URL, make_url

_SEPARATOR = ":///"


def parse_url(url: str) -> URL:
    """Parse a database URL.

    For SQLite, the text after ``sqlite:///`` is a path as the disk has it. ``?``, ``#`` and ``%``
    have no meaning in its folders; after the file's name, ``?`` begins the options.

    Raises:
        sqlalchemy.exc.ArgumentError: it is no URL.
    """
    scheme, separator, path = url.partition(_SEPARATOR)
    if not (separator and scheme.partition("+")[0] == "sqlite"):
        return make_url(url)
    folder, slash, name = path.rpartition("/")
    parsed = make_url(f"{scheme}{_SEPARATOR}{name}")
    return parsed.set(database=f"{folder}{slash}{parsed.database or ''}")


def hide_password(url: str) -> str:
    """Return a database URL that may be shown: its password is hidden."""
    return parse_url(url).render_as_string(hide_password=True)
