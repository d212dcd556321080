"""Sessions that take no part in measuring, and are run past the `bench` command."""
