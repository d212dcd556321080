"""Serves each target, loads it, and writes samples.

Rooms lie in the order in which they use each other, and nothing runs back up: CONTRIBUTING.md has
them as a picture. Parsing and planning are pure functions of values; processes, clocks and files
are touched where `nox -s lint` and tests/whole/test_rooms.py allow it.
"""
