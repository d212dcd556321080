"""The status of an answer where nothing says another."""

OK = 200
