"""Serves each target, loads it, and writes samples.

Data flows one way, and each step has a module:

    manifest, profile -> plan -> run -> sample -> store

Parsing and planning are pure functions of values. Processes, clocks and files stay
in `process`, `server`, `load`, `store` and the modules that call them.
"""
