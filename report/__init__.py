"""Reads a run's files and writes its summary and page. Never needs a running process.

run.json, samples -> frame -> summary -> table, sentences -> terminal, markdown, page
"""
