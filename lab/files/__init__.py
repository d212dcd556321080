"""The files of a run: their shapes, and how they are written."""
