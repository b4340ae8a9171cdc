"""What music is: MusicBrainz's entities and release types, and how loud a track is. Pure."""
