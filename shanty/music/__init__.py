"""What music is: MusicBrainz's entities and release types, names, sound and loudness.

Nothing here does I/O.
"""
