"""The file side: audio properties, tags, names, placement. Knows no database and no service."""
