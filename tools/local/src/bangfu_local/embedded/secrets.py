"""The secrets of one embedded installation: made once, kept in a file that only its owner can read."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path
from typing import Self

from pydantic import BaseModel


def _password() -> str:
    return secrets.token_urlsafe(32)


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def write_private(path: Path, text: str) -> None:
    """Write a file so that a crash leaves the old or the new one, readable by its owner only."""
    draft = path.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


class Secrets(BaseModel):
    """Database passwords, keys and client secrets.

    `clients` maps a client's id to its secret; it grows as clients are created.
    """

    databases: dict[str, str] = {}
    keys: dict[str, str] = {}
    clients: dict[str, str] = {}

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the file; an empty set when there is none."""
        if not path.exists():
            return cls()
        return cls.model_validate_json(path.read_text(encoding="utf-8"))

    def save(self, path: Path) -> None:
        """Write the file."""
        write_private(path, self.model_dump_json(indent=2))

    def database(self, role: str) -> str:
        """Password of a database role, made when first asked for."""
        return self.databases.setdefault(role, _password())

    def key(self, name: str) -> str:
        """A 32-byte key as base64, made when first asked for."""
        return self.keys.setdefault(name, _key())

    def token_key(self) -> str:
        """The key of matching tokens, made when first asked for."""
        return self.keys.setdefault("shared.token", f"aes-cmac:{_key()}")

    def client(self, client_id: str) -> str:
        """Secret of a client, made when first asked for."""
        return self.clients.setdefault(client_id, _password())
