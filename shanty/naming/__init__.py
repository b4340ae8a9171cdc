"""Which name a track gets in the library: templates, their fields, and the file's extension."""
