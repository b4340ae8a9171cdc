"""One module a page: it asks the functions below, and renders the template of its name."""
