"""The library as a whole: acts on its files and their journal, undo, trash, scan, check, rename."""
