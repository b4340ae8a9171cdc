"""Measurements beside peers and lower bounds, printed as tables."""
