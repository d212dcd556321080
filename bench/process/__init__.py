"""Processes, and what must not outlive them: the one place where any is started."""
