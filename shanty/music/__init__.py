"""What music is: MusicBrainz's entities and release types, and loudness. Nothing here does I/O."""
