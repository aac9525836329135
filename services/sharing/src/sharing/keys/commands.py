"""`python -m sharing rotate-encryption | key-status | retire-key`."""

from __future__ import annotations

from servicekit.keycli import KeyCommands, RotateCommand
from sharing.keys import service
from sharing.settings import SharingSettings

COMMANDS = KeyCommands(
    "sharing",
    SharingSettings,
    [RotateCommand("rotate-encryption", "重新加密不合格行 / seal rejected rows anew", service.rotate_encryption)],
    service.uses,
    notes=service.notes,
)
