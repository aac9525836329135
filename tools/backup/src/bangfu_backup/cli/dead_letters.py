"""`bangfu dead-letters`: the events that a consumer could not handle, and the way back."""

from __future__ import annotations

import asyncio
import json
import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from bangfu.cli.console import DATA_DIR, fail, in_china, out, table_of
from bangfu_backup.cli import told

if TYPE_CHECKING:
    from contracts.topics import Topic
    from servicekit.dead_letters import DeadLetter

_HEADINGS = (
    "事件 / event", "主题 / topic", "消费方 / group", "次数 / attempts", "最早 / first seen", "原因 / reason",
)  # fmt: skip


def dead_letters(
    topic: Annotated[str | None, typer.Argument(help="主题 / topic", show_default="全部 / all")] = None,
    redrive: Annotated[bool, typer.Option("--redrive", help="重新投递 / publish them to their topic again")] = False,
    event: Annotated[str | None, typer.Option("--event", help="仅此事件 / only this event", show_default=False)] = None,
    payload: Annotated[bool, typer.Option("--payload", help="显示内容(已脱敏)/ show events, masked")] = False,
    data_dir: Annotated[Path, typer.Option(help="数据目录 / data directory of `bangfu up`")] = DATA_DIR,
) -> None:
    """查看和重投死信 / List dead letters, or redrive them: on ALERTS_BUS_URL, else on the bus of `bangfu up`."""
    from bangfu_backup.target import BUS, Target
    from contracts import topics

    if topic is not None and topic not in topics.BY_NAME:
        fail(f"没有这个主题 / no such topic: {topic}", ", ".join(sorted(topics.BY_NAME)), code=2)
    wanted = [topics.BY_NAME[topic]] if topic else list(topics.ALL)
    with told():
        if bus_url := os.environ.get("ALERTS_BUS_URL"):
            _work(bus_url, wanted, redrive=redrive, event=event, payload=payload)
        else:
            with Target.of_data_dir(data_dir) as target:
                _work(f"embedded:{target.databases[BUS]}", wanted, redrive=redrive, event=event, payload=payload)


def _work(bus_url: str, wanted: list[Topic], *, redrive: bool, event: str | None, payload: bool) -> None:
    found, count = asyncio.run(_look_or_redrive(bus_url, wanted, redrive=redrive, event=event))
    if redrive:
        out.print(f"已重新投递 / redriven: {count}")
        return
    if not found:
        out.print("没有死信 / no dead letters")
        return
    rows = [
        (each.event_id, each.topic, each.group, str(each.attempts), _when(each), escape(each.reason)) for each in found
    ]
    out.print(table_of("死信 / Dead letters", _HEADINGS, rows))
    for letter in found if payload else ():
        out.print_json(json.dumps({"event_id": letter.event_id, "payload": letter.masked_payload()}))


def _when(letter: DeadLetter) -> str:
    return in_china(datetime.fromisoformat(letter.first_seen)) if letter.first_seen else ""


async def _look_or_redrive(
    bus_url: str, wanted: list[Topic], *, redrive: bool, event: str | None
) -> tuple[list[DeadLetter], int]:
    from servicekit import dead_letters as letters
    from servicekit.bus import open_bus

    bus = open_bus(bus_url, client="dead-letters")
    await bus.start()
    try:
        if redrive:
            return [], sum([await letters.redrive(bus, topic, event_id=event) for topic in wanted])
        found = [letter for topic in wanted for letter in await letters.pending(bus, topic)]
        return [letter for letter in found if event in (None, letter.event_id)], 0
    finally:
        await bus.close()
