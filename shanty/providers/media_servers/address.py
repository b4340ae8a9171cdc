"""The address of a media server: ``kind://user:password@host:port/path?library=/music``.

Owns how it is written, and the path mapping. The part before ``@`` is secret.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import parse_qs, unquote, urlsplit

from shanty.errors import ConfigError


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """How a server is reached. ``library`` is where it sees our library; None: where we do."""

    kind: str
    is_encrypted: bool
    user: str
    password: str
    host: str
    port: int | None
    path: str
    library: str | None

    @classmethod
    def parse(cls, url: str) -> ServerAddress:
        """Read an address.

        Raises:
            ConfigError: it is none.
        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            host = None
        if not host or not parts.scheme:
            raise ConfigError(
                "setting 'media_servers.urls': an address looks like kind://user:password@host:port"
            )
        query = parse_qs(parts.query)
        library = query.pop("library", [None])[0]
        if query:
            raise ConfigError(
                f"setting 'media_servers.urls': {parts.scheme}://{host}: '{min(query)}' is not "
                "known; the only such word is library"
            )
        kind = parts.scheme.lower()
        is_encrypted = kind.endswith("s")
        return cls(
            kind.removesuffix("s") if is_encrypted else kind,
            is_encrypted,
            unquote(parts.username or ""),
            unquote(parts.password or ""),
            host,
            port,
            parts.path.rstrip("/"),
            library,
        )

    @property
    def secret(self) -> str:
        """The key, if one word stands before the ``@``; or the password."""
        return self.password or self.user

    @property
    def label(self) -> str:
        """``jellyfin at nas:8096``."""
        return f"{self.kind} at {self.host}" + (f":{self.port}" if self.port else "")

    def web(self, port: int) -> str:
        """The address of the server's HTTP interface, without a secret."""
        scheme = "https" if self.is_encrypted else "http"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{host}:{self.port or port}{self.path}"

    def there(self, folder: PurePosixPath, library: PurePosixPath) -> str:
        """The path by which the server knows a folder of ours.

        Its own may be a Windows path, or an address such as ``nfs://nas/music``.
        """
        base = str(library) if self.library is None else self.library
        separator = "\\" if "\\" in base else "/"
        return separator.join([base.rstrip("/\\"), *folder.parts])
