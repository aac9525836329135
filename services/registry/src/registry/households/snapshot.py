"""What is told of a household, and what is kept of it before it changes, as SQL over its tables. Pure."""

from __future__ import annotations

from contracts.fields import HOUSEHOLD, INCOME, PERSON, announced, shown
from registry.fields import json_fields, shown_fields
from servicekit.event_sql import Each, Fields, json_object

# History is read by people and kept for years: tokens, whose keys come and go, are none of its business.
_TOKENS: Fields = {
    "id_token": "encode(p.id_token, 'hex')",
    "person_token": "encode(p.person_token, 'hex')",
    "token_key_id": "p.token_key_id",
    "other_tokens": Each(
        {"key_id": "o.key", "id_token": "o.value->>0", "person_token": "o.value->>1"},
        "jsonb_each(p.other_tokens) o",
        "o.key",
    ),
}


def _snapshot(tokens: Fields) -> Fields:
    """Give what the rules of `sharing` need to know of a household; no name, no number (contracts.registry)."""
    return {
        "household_id": "h.id",
        "version": "h.version",
        "token_revision": "h.token_revision",
        "merged_into": "h.merged_into",
        **json_fields(announced(HOUSEHOLD), "h"),
        "incomes": Each(
            json_fields(announced(INCOME), "i"),
            "income i WHERE i.household_id = h.id AND i.superseded_at IS NULL",
            "i.year",
        ),
        "members": Each(
            {"person_id": "p.id", **tokens, **json_fields(announced(PERSON), "p")},
            "person p WHERE p.household_id = h.id AND p.is_active",
            "p.ordinal",
        ),
    }


ANNOUNCED = _snapshot(_TOKENS)
# So that the household can be shown as it was: what answers show beside what is announced, masked as the columns are,
# and of which day each value is.
REMEMBERED: Fields = {
    **shown_fields(shown(HOUSEHOLD), "h"),
    **_snapshot({}),
    "members": Each(
        {
            "person_id": "p.id",
            **shown_fields(shown(PERSON), "p"),
            **json_fields(announced(PERSON), "p"),
            "joined_on": "p.joined_on",
        },
        "person p WHERE p.household_id = h.id AND p.is_active",
        "p.ordinal, p.id",
    ),
    "known_on": "h.known_on",
    "known": "h.known",
}

# The state after a change `r` of the history is the one that the next change kept, or the household as it is.
AFTER = f"""coalesce(
        (SELECT n.snapshot FROM household_history n
         WHERE n.household_id = r.household_id AND n.version = r.version + 1),
        (SELECT {json_object(REMEMBERED)} FROM household h WHERE h.id = r.household_id))"""
