"""All nemeses by name."""

from __future__ import annotations

from faults.nemesis import Nemesis
from faults.nemesis.brokers import BrokerKill, BrokerLoss, BrokerPause
from faults.nemesis.clocks import ClockStep
from faults.nemesis.database import CommitInReverse, Failover, LongLock, MigrateAgain, OutOfConnections, PostgresKill
from faults.nemesis.full_disks import DiskFull
from faults.nemesis.links import OF_BUS, OF_DATABASES, OF_SUBSCRIBER, Cut, Silence, Slow
from faults.nemesis.messages import Duplicates, Poison, Reorder
from faults.nemesis.processes import Pause, Roll

_NEMESES: tuple[Nemesis, ...] = (
    PostgresKill(),
    LongLock(),
    OutOfConnections(),
    Failover(),
    MigrateAgain(),
    CommitInReverse(),
    BrokerKill(),
    BrokerPause(),
    BrokerLoss(),
    Duplicates(),
    Reorder(),
    Poison(),
    DiskFull("postgres"),
    DiskFull("sharing"),
    DiskFull("logs"),
    ClockStep(),
    *(kind(*links) for kind in (Cut, Silence, Slow) for links in (OF_DATABASES, OF_BUS, OF_SUBSCRIBER)),
    *(Pause(f"{service}-worker") for service in ("registry", "sharing", "alerts")),
    Pause("gateway-api"),
    Roll("api"),
    Roll("worker"),
)

ALL: dict[str, Nemesis] = {nemesis.name: nemesis for nemesis in _NEMESES}
