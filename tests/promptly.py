"""What is promised within seconds, tried on a machine that may be busy with something else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable


async def promptly(attempt: Callable[[int], Awaitable[float]], *, within_s: float, tries: int = 3) -> None:
    """Have one of a few attempts take as long as is promised: the others may have waited for the machine.

    Args:
        attempt: Does it anew, told how often it was done before; gives the seconds that it took.

    Raises:
        AssertionError: each took longer.
    """
    took: list[float] = []
    while not took or took[-1] >= within_s:
        assert len(took) < tries, f"promised within {within_s} s, took {', '.join(f'{each:.1f}' for each in took)}"
        took.append(await attempt(len(took)))
