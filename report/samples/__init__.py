"""Samples, read and measured."""
