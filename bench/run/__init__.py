"""A run from its first block to its page."""
