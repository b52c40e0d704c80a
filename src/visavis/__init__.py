"""Opt-in, one-to-one face verification: is this the person the pass was issued to?"""

__version__ = "0.1.0"
