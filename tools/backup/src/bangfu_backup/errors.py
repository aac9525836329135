"""What a backup or restore can refuse."""

from __future__ import annotations


class BackupError(RuntimeError):
    """The backup or restore cannot be done; nothing of the target was changed unless the message says so.

    Attributes:
        advice: What to do about it, Chinese first; empty where the message says it.
    """

    def __init__(self, message: str, *, advice: str = "") -> None:
        super().__init__(message)
        self.advice = advice
