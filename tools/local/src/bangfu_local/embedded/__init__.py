"""Bangfu on one machine, without Docker or a broker: `bangfu up`, `bangfu demo`, the end-to-end tests."""

from bangfu_local.embedded.clients import (
    ClientSpec,
    people_clients,
    people_settings,
    standard_clients,
    township_client,
)
from bangfu_local.embedded.data_dir import DataDirInUseError
from bangfu_local.embedded.processes import PortTakenError, StartFailedError
from bangfu_local.embedded.system import EmbeddedSystem, Ports

__all__ = [
    "ClientSpec",
    "DataDirInUseError",
    "EmbeddedSystem",
    "PortTakenError",
    "Ports",
    "StartFailedError",
    "people_clients",
    "people_settings",
    "standard_clients",
    "township_client",
]
