"""The name that a track gets in the library: templates, their fields, and the extension."""
