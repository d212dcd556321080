"""Counters that are read before and after a sample."""
