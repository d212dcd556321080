"""Going on with a run: read from its folder, and refused where it could not be compared."""
