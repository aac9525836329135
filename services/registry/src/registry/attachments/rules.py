"""What bytes are, by how they begin. Pure.

Source: ISO/IEC 10918-1 B.1.1 (JPEG: SOI and a marker), ISO/IEC 15948 5.2 (PNG signature), ISO 32000-1 7.5.2 (PDF
header).
"""

from __future__ import annotations

from typing import Final

_BEGINNINGS: Final = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png", b"%PDF-": "application/pdf"}
_ENDINGS: Final = {"image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf"}

MEDIA_TYPES: Final = tuple(_ENDINGS)
"""What an attachment may be."""

# Photos show faces and homes, scans show numbers: whoever sees them is a person at work on households, never a machine.
KEEPERS: Final = ("contacts:write", "episodes:write", "plans:write")
VIEWERS: Final = (*KEEPERS, "episodes:audit", "episodes:approve", "persons:unmask")
"""Scopes of which whoever keeps, or sees, has one."""


def media_type_of(data: bytes) -> str | None:
    """Tell what bytes are; None if nothing that an attachment may be."""
    return next((kind for beginning, kind in _BEGINNINGS.items() if data.startswith(beginning)), None)


def file_name(sha256: str, media_type: str) -> str:
    """Give the name that a browser saves it under: it says nothing about anybody."""
    return f"{sha256[:16]}.{_ENDINGS[media_type]}"
