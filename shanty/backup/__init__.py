"""Backups: one file that holds what Shanty knows, how it is made, kept, checked and put back."""
