"""`summary.json`: how it is made, and looked up in."""
