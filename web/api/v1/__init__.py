"""The JSON API: one module a noun, with what the pages show and do."""
