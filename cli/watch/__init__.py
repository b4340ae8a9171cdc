"""``shanty watch`` and its commands."""
