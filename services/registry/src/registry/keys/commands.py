"""`python -m registry rotate-encryption | rotate-index | rotate-tokens | key-status | retire-key`."""

from __future__ import annotations

from registry.keys import service
from registry.settings import RegistrySettings
from servicekit.keycli import KeyCommands, RotateCommand

COMMANDS = KeyCommands(
    "registry",
    RegistrySettings,
    [
        RotateCommand("rotate-encryption", "用当前密钥重新加密 / seal everything anew", service.rotate_encryption),
        RotateCommand("rotate-index", "重建检索索引 / index every ID number anew", service.rotate_index),
        RotateCommand("rotate-tokens", "重算匹配令牌并重新发布 / tokenise and announce anew", service.rotate_tokens),
    ],
    service.uses,
    service.refuse_second_meaning,
)
