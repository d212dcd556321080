"""What a run is asked for: profile, blocks, goal."""
