"""Findings folded into clues against psql copying the same findings into a table with the same keys."""

from __future__ import annotations

import csv
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from aiokafka import AIOKafkaProducer

from bench.data import PERIOD
from bench.harness import Bench, until
from bench.processes import Usage
from bench.results import Budget, Result, Series, must_be
from contracts.sharing import FindingRaised
from servicekit.outbox import StoredEvent, message_of

FULL = 100_000
_AT = datetime(2026, 11, 10, tzinfo=UTC)
# Rule, risk and severity by number of the finding; a household gets one to three of them.
_RULES = (
    ("R-MED-02", "01", "RED"),
    ("R-MED-03", "01", "ORANGE"),
    ("R-HOU-01", "11", "RED"),
    ("R-AGR-01", "20", "ORANGE"),
    ("R-CIV-01", "22", "YELLOW"),
)
_TABLE = """
CREATE TABLE finding_plain (
    finding_id uuid PRIMARY KEY, key_id text NOT NULL, run_id text, rule_id text, rule_version int, scope text,
    household_id text NOT NULL, person_id text, area_code text COLLATE "C", period text, risk_type text,
    severity text, evidence jsonb, parameters jsonb, profile_version int, deliveries text, found_at timestamptz,
    fact_names jsonb
);
-- The keys of clue_source: its id, the finding, the clue (household and risk), the household's period.
CREATE UNIQUE INDEX ON finding_plain (key_id);
CREATE INDEX ON finding_plain (household_id, risk_type);
CREATE INDEX ON finding_plain (household_id, period);
"""
_STATE = ("inbox", "outbox", "clue_source", "clue", "alert", "household")


def _finding(number: int) -> dict[str, Any]:
    """The n-th finding; five findings fall on three households."""
    rule, risk, severity = _RULES[number % len(_RULES)]
    household = number // 5 * 3 + (0, 0, 1, 1, 2)[number % 5]
    return {
        "finding_id": str(uuid.UUID(int=(5 << 100) + number)),
        "run_id": "bench",
        "rule_id": rule,
        "rule_version": 1,
        "scope": "person",
        "household_id": str(uuid.UUID(int=(3 << 100) + household)),
        "person_id": str(uuid.UUID(int=(6 << 100) + number)),
        "area_code": f"990101101{201 + household // 300 % 25}",
        "period": PERIOD,
        "risk_type": risk,
        "severity": severity,
        "evidence": {
            "cost_self_paid_ytd": f"{26000 + number % 9000}.50",
            "is_low_income": number % 2 == 0,
            "net_income": f"{30000 + number % 5000}.00",
            "as_of": "2026-10-31",
        },
        "parameters": {"med.self_paid_low_income": "10000", "med.self_paid_other": "26000", "med.red_factor": "2"},
        "profile_version": 1,
        "deliveries": ["0198c0de-0000-7000-8000-000000000001"],
        "found_at": _AT,
        "fact_names": {
            "cost_self_paid_ytd": {"zh": "年度累计自付", "en": "self-paid in the year so far"},
            "is_low_income": {"zh": "低收入人口", "en": "low income"},
            "net_income": {"zh": "家庭年纯收入", "en": "household net income"},
            "as_of": {"zh": "数据日期", "en": "as of"},
        },
    }


async def measure(bench: Bench) -> list[Result]:
    """Time both."""
    address = bench.need_kafka()
    count = bench.options.size(FULL) // 5 * 5
    findings = [_finding(number) for number in range(count)]
    FindingRaised.model_validate(findings[0])
    path = bench.folder / "findings.csv"
    _write_csv(path, findings)
    runs = 0

    async def fold() -> Usage:
        nonlocal runs
        runs += 1
        await bench.empty("alerts", *_STATE)
        await _fill_directory(bench, count)
        async with bench.database("alerts") as gate:
            # While the inbox is locked the consumer waits in its first statement: all findings are on the topic
            # before the first is folded, so folding alone is timed, not the producer.
            await gate.execute("BEGIN")
            await gate.execute("LOCK TABLE inbox IN SHARE ROW EXCLUSIVE MODE")
            await _produce(address, findings, runs)
            with bench.meter.timing() as usage:
                await gate.execute("COMMIT")

                async def is_folded() -> bool:
                    # Counted only once the last one is in: counting four times a second took the database seconds.
                    last = await gate.execute(
                        "SELECT FROM clue_source WHERE finding_id = %s", (findings[-1]["finding_id"],)
                    )
                    if last.rowcount == 0:
                        return False
                    row = await (await gate.execute("SELECT count(*) FROM clue_source")).fetchone()
                    return row is not None and row[0] >= count

                await until("folding", is_folded, 900, poll_s=0.25)
        must_be("findings in clues", await bench.value("alerts", "SELECT sum(source_count) FROM clue"), count)
        must_be("clues", await bench.value("alerts", "SELECT count(*) FROM clue"), count // 5 * 4)
        must_be(
            "alerts", await bench.value("alerts", "SELECT count(*) FROM alert WHERE kind = 'raised'"), count // 5 * 4
        )
        return usage

    async def plain() -> Usage:
        bench.psql.create(_TABLE, "finding_plain")
        with bench.meter.timing() as usage:
            bench.psql.copy({"finding_plain": path})
        must_be("rows of finding_plain", bench.psql.count("finding_plain"), count)
        return usage

    ours = Series(f"alerts-worker: {count:,} findings from Kafka to clues, sources, alerts and events")
    theirs = Series(f"psql: {count:,} findings into a logged table with the keys of clue_source")
    await bench.interleave([(ours, fold), (theirs, plain)], min(2, bench.options.repetitions))
    await _drain(bench)
    return [
        Result(
            "folding",
            "Findings folded into clues",
            "psql \\copy of the same findings into a table with the same keys",
            theirs.seconds / ours.seconds,
            Budget(">=", 0.06),
            series={"system": ours, "bare": theirs},
            notes=[
                f"{count / ours.seconds:,.0f} findings/s against {count / theirs.seconds:,.0f}",
                "five findings make four clues of three households; the relay publishes clues and alerts meanwhile",
            ],
            cause="some 400 microseconds of CPU a finding over five processes: fold, write, publish, consume",
        )
    ]


def _write_csv(path: Path, findings: list[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["finding_id", "key_id", *[name for name in findings[0] if name != "finding_id"]])
        for finding in findings:
            cells = [
                orjson.dumps(cell).decode() if isinstance(cell, dict | list) else cell for cell in finding.values()
            ]
            out.writerow([cells[0], *cells])


async def _fill_directory(bench: Bench, count: int) -> None:
    """The households must be known, or folding would wait for them."""
    async with bench.database("alerts") as connection, connection.cursor() as cursor:
        async with cursor.copy("COPY household (household_id, area_code, version) FROM STDIN") as copy:
            for household in range(count // 5 * 3):
                key = str(uuid.UUID(int=(3 << 100) + household))
                await copy.write_row((key, f"990101101{201 + household // 300 % 25}", 1))
        await connection.execute("ANALYZE household")


async def _produce(address: str, findings: list[dict[str, Any]], run: int) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=address, compression_type="lz4", max_batch_size=262_144)
    await producer.start()
    for number, finding in enumerate(findings):
        event_id = str(uuid.UUID(int=(run << 100) + number))
        row = StoredEvent(0, event_id, FindingRaised.topic.name, finding["household_id"], FindingRaised.event_type, _AT,
                          None, orjson.dumps(finding))  # fmt: skip
        message = message_of(row, "/bangfu/sharing")
        await producer.send(
            message.topic,
            key=message.key.encode(),
            value=message.value,
            headers=[(name, value.encode()) for name, value in message.headers],
        )
    await producer.flush()
    await producer.stop()


async def _drain(bench: Bench) -> None:
    """Let the relay finish and leave the alerts service empty for the next row."""

    async def is_drained() -> bool:
        return not await bench.value("alerts", "SELECT EXISTS (SELECT FROM outbox WHERE published_at IS NULL)")

    await until("publishing the alerts", is_drained, 600, poll_s=0.5)
    await bench.empty("alerts", *_STATE)
