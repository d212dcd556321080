"""Hours of rounds: whether what a run uses stays the same."""
