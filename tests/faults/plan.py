"""What goes wrong in a run, and when: a pure function of seed, bus and catalogue, so that a seed can be repeated."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random

from faults.catalogue import load
from faults.nemesis import Nemesis

STEPS = ("clients", "register", "deliver", "compare", "verify", "records", "supersede", "recompare", "days_pass")
"""The steps of the month, in order; see `faults.month`."""

_ORDER_SEED = 20261122
_FAILPOINTS = 6
_KILLS = 3
_STRIKES = 2
_LATEST_S = 1.5
PROCESSES = tuple(
    f"{service}-{kind}" for service in ("registry", "sharing", "alerts", "gateway") for kind in ("api", "worker")
)
SECOND_WORKERS = tuple(f"{name}-2" for name in PROCESSES if name.endswith("-worker"))


@dataclass(frozen=True)
class Kill:
    """A signal to a process, `after_s` seconds into a step."""

    step: str
    after_s: float
    process: str
    signal: signal.Signals


@dataclass(frozen=True)
class Strike:
    """A nemesis, `after_s` seconds into a step."""

    step: str
    after_s: float
    nemesis: str


@dataclass(frozen=True)
class Plan:
    """Everything that goes wrong in a run, and how many of each worker it goes wrong for."""

    seed: int
    bus: str
    failpoints: tuple[str, ...] = ()
    kills: tuple[Kill, ...] = ()
    strikes: tuple[Strike, ...] = ()
    workers: int = 1

    @property
    def command(self) -> str:
        """What repeats it."""
        return f"make faults SEED={self.seed} BUS={self.bus}"


def make_plan(seed: int, bus: str, nemeses: Iterable[Nemesis] = ()) -> Plan:
    """Draw a plan.

    Failpoints and nemeses go round: consecutive seeds take the next ones of one shuffled list, so that a soak comes to
    each. In the first round a process dies at its first visit, in later rounds at a later one. Every other seed has two
    of each worker.
    """
    rng = Random(f"{seed} {bus}")
    workers = 2 - seed % 2
    processes = PROCESSES + (SECOND_WORKERS if workers == 2 else ())
    return Plan(
        seed,
        bus,
        _failpoints(seed, bus, rng),
        tuple(
            Kill(
                rng.choice(STEPS),
                rng.uniform(0, _LATEST_S),
                rng.choice(processes),
                rng.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGTERM)),
            )
            for _ in range(_KILLS)
        ),
        _strikes(seed, rng, sorted(nemesis.name for nemesis in nemeses if bus in nemesis.buses)),
        workers,
    )


def _failpoints(seed: int, bus: str, rng: Random) -> tuple[str, ...]:
    names = sorted(name for name, row in load().items() if bus in row.buses)
    Random(_ORDER_SEED).shuffle(names)
    first = (seed - 1) * _FAILPOINTS
    chosen: list[str] = []
    for place in range(first, first + _FAILPOINTS):
        nth = 1 if place < len(names) else rng.randint(1, 6)
        chosen.append(f"{names[place % len(names)]}:kill@{nth}")
    return tuple(chosen)


def _strikes(seed: int, rng: Random, names: Sequence[str]) -> tuple[Strike, ...]:
    """Two a seed, in two steps so that one is over before the next; they go round like the failpoints."""
    shuffled = list(names)
    Random(_ORDER_SEED).shuffle(shuffled)
    steps = sorted(rng.sample(STEPS[1:], _STRIKES), key=STEPS.index)
    places = range((seed - 1) * _STRIKES, seed * _STRIKES)
    return tuple(
        Strike(step, rng.uniform(0, _LATEST_S), shuffled[place % len(shuffled)])
        for step, place in zip(steps, places, strict=True)
        if shuffled
    )
