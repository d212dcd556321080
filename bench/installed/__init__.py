"""What the lab has made for itself outside of results: found, and removed where nobody uses it."""
