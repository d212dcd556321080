"""Targets, as their manifests describe them."""
