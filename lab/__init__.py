"""What bench and report share. Imports neither."""
