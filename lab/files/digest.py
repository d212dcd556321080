"""Short names for values, to tell them apart by."""

import hashlib
import json


def digest(value: object) -> str:
    """A short name for a JSON value, which another value has not."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
