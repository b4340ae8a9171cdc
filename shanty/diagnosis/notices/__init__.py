"""Notices: what people are told through Apprise, when, and how often.

Nothing is told where it happens. What is so at one moment is compared with what was noted before,
so that a notice needs no help from the work that it is about, and survives a crash of it.
"""
