"""What bench and report both know of load engines: their facts, and which build of one it was.

An engine of which nothing is known here is one like any other: it keeps every time, and the
whole of its samples is steady unless they say otherwise.
"""

from lab.engines import hey
from lab.engines.facts import Build, EngineFacts, Times

__all__ = ["DEFAULT", "Build", "EngineFacts", "Times", "facts"]

# What loads a target where nothing else is asked for; there was no other in runs that do not say
# what did.
DEFAULT = hey.NAME

KNOWN = {each.name: each for each in (hey.FACTS,)}


def facts(name: str) -> EngineFacts:
    """What is known of the engine that samples name."""
    return KNOWN.get(name) or EngineFacts(name)
