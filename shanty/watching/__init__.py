"""From a name to wanted tracks: finding, watching, expanding a rule, and looking for what is
new."""
