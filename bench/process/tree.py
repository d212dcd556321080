"""The processes that came of another."""

import psutil


def group(leader: int) -> list[psutil.Process]:
    """The leader of a process group and its descendants, leader first."""
    try:
        process = psutil.Process(leader)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
