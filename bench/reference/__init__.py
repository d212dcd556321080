"""nginx as a proxy to the same upstream: what the targets are shown beside, outside the ranking."""
