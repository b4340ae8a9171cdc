"""Moving in from another program: what it watched or had, and the rules that come of it.

Owns what is taken over and what is not, and why. A rule that exists stays as it is. Each of the
other programs has a module that says what its wishes mean here; :mod:`.plan` does the rest.
"""
