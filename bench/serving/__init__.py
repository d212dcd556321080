"""Targets served: their server, what stands around it, and whether it answers."""
