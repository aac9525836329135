"""The chain of seals over the audit record."""

from __future__ import annotations

from dataclasses import replace

from gateway.audit.rules import GENESIS, Batch, ChainCheck, Seal, mac_key, seal

KEY = mac_key(bytes(range(32)))


def batch(seq: int, low: int, high: int) -> Batch:
    return Batch(
        seq, "2026-11-10T01:00:00.000000+00:00", low, high, high - low, "d" * 64, low, high, high - low, "e" * 64
    )


def chain() -> list[Seal]:
    seals: list[Seal] = []
    for number in range(1, 4):
        seals.append(seal(batch(number, number * 10 - 10, number * 10), seals[-1].hash if seals else GENESIS, KEY))
    return seals


def first_fault(stored: list[Seal], found: list[Batch] | None = None) -> str | None:
    check = ChainCheck(KEY)
    for index, item in enumerate(stored):
        fault = check.next(item, found[index] if found else item.batch)
        if fault:
            return f"{fault.what}@{fault.seq}"
    return None


def test_whole_chain_holds_and_every_change_breaks_it() -> None:
    seals = chain()
    whole = [item.batch for item in seals]
    assert first_fault(seals) is None
    assert first_fault([seals[0], seals[2]]) == "seal_missing@2"
    assert first_fault([seals[1], seals[0]]) == "seal_missing@1"
    other_key = [seals[0], seal(batch(2, 10, 20), seals[0].hash, bytes(32)), seals[2]]
    assert first_fault(other_key) == "seal_forged@2"
    remade = seal(replace(whole[1], entries_digest="f" * 64), seals[0].hash, KEY)
    assert first_fault([seals[0], remade, seals[2]], [whole[0], remade.batch, whole[2]]) == "chain_broken@3"
    for change, what in (
        ({"entries": 9}, "entry_deleted"),
        ({"entries": 11}, "entry_inserted"),
        ({"entries_digest": "0" * 64}, "entry_changed"),
        ({"outcomes": 9}, "outcome_deleted"),
        ({"outcomes_digest": "0" * 64}, "outcome_changed"),
    ):
        assert first_fault(seals, [whole[0], replace(whole[1], **change), whole[2]]) == f"{what}@2"
