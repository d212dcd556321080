"""Whether a command was asked to end, and how urgently."""


class Cancellation:
    """One for each command, made where its signals are handled and handed down from there."""

    def __init__(self) -> None:
        self._times = 0

    def ask(self) -> None:
        """Its user asks it to end, once more."""
        self._times += 1

    @property
    def asked(self) -> bool:
        return self._times > 0

    @property
    def urgent(self) -> bool:
        """Whether it was asked again: what is to be stopped is killed at once then."""
        return self._times > 1
