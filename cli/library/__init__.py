"""``shanty library`` and its commands, one file each."""
