"""Load on a served target, one sample at a time."""
