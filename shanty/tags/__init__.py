"""What is inside one audio file: its sound's properties, tags, cover and lyrics. The room of
mutagen."""
