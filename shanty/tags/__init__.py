"""What is inside one audio file: its sound's properties, its tags, cover and lyrics.

Only this package imports mutagen.
"""
