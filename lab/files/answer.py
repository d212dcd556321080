"""What an answer is to be, in words that the standard library knows alone."""

from typing import Literal

# The status where nothing says another.
OK = 200

# What its body is to be: the upstream's JSON, a text (which may be a secret), or anything.
BodyKind = Literal["upstream", "text", "none"]
