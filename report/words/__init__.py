"""A summary in words."""
