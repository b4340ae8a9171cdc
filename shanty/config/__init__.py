"""The settings: their sections and values, where they are read from, and an example file."""
