"""Programs that the lab calls and may have to fetch."""
