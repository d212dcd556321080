"""A module for each session: what `nox -s NAME` runs."""
