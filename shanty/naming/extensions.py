"""Which extension a music file gets. Its content decides."""

from __future__ import annotations

from shanty.models import AudioProperties

_EXTENSIONS = {
    ("ogg", "opus"): "opus",
    ("ogg", "flac"): "oga",
    ("ogg", "speex"): "spx",
    ("mp3", "mp2"): "mp2",
    ("ac3", "eac3"): "eac3",
    ("asf", "wma"): "wma",
    ("mp4", "*"): "m4a",
}


def extension_for(properties: AudioProperties) -> str:
    """Return the extension, without the dot: ``opus``, ``ogg``, ``m4a``, ``mp3``, ``flac``…"""
    container = properties.container
    return (
        _EXTENSIONS.get((container, properties.codec))
        or _EXTENSIONS.get((container, "*"))
        or container
    )
