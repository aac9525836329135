"""What a finding is called and how its values are written: the same from both engines, byte for byte."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sharing.catalogue.service import ValueType

# A name-based UUID (RFC 9562, version 8) of the SHA-256 of what identifies a finding.
UUID_OF_DIGEST = "CAST(substr(digest, 1, 12) || '8' || substr(digest, 14, 3) || '8' || substr(digest, 18, 15) AS UUID)"
_SEPARATOR = "\x1f"


def digest_sql(rule: str, period: str, severity: str, evidence: str) -> str:
    """Write DuckDB's expression for the digest; arguments are expressions. Same as `finding_id`."""
    return (
        f"sha256(concat_ws(chr(31), {rule}, household_id, coalesce(person_id, ''), {period}, {severity}, {evidence}))"
    )


def finding_id(rule: str, household_id: str, person_id: str | None, period: str, severity: str, evidence: str) -> str:
    """Give a finding's id: the same facts anywhere have the same one.

    Args:
        rule: `<id>/<version>`.
        evidence: JSON as `json_text` writes it.
    """
    identity = _SEPARATOR.join((rule, household_id, person_id or "", period, severity, evidence))
    digest = hashlib.sha256(identity.encode()).hexdigest()
    return str(UUID(f"{digest[:12]}8{digest[13:16]}8{digest[17:32]}"))


def json_sql(columns: Mapping[str, tuple[str, str, ValueType]]) -> str:
    """Write DuckDB's expression for a JSON object: name -> (table, column, type). Same as `json_text`."""
    members = ", ".join(_member(name, *column) for name, column in columns.items())
    return f"CAST(json_object({members}) AS VARCHAR)"


def _member(name: str, table: str, column: str, kind: ValueType) -> str:
    value = f'{table}."{column}"'
    if kind in (ValueType.MONEY, ValueType.DATE):
        value = f"CAST({value} AS VARCHAR)"
    elif kind is ValueType.RATIO:
        value = f"rtrim(rtrim(CAST({value} AS VARCHAR), '0'), '.')"
    return f"'{name}', {value}"


def json_text(values: Mapping[str, Any], types: Mapping[str, ValueType], names: Sequence[str]) -> str:
    """Write named values as a JSON object: money, ratios and dates as text, the rest as they are."""
    shown = {name: _shown(values[name], types[name]) for name in names}
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":"))


def _shown(value: Any, kind: ValueType) -> Any:
    if value is None:
        return None
    if kind is ValueType.MONEY:
        return f"{Decimal(value):.2f}"
    if kind is ValueType.RATIO:
        return f"{Decimal(value):.4f}".rstrip("0").rstrip(".")
    return int(value) if kind is ValueType.INT else value
