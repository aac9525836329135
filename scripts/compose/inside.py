"""Runs in a container of ours, where the broker is reachable: prints the id of every event of a topic, one a line.

`python - TOPIC < inside.py`. Ends when it has read up to where the topic ended at the start.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys

from aiokafka import AIOKafkaConsumer


async def main(topic: str) -> None:
    """Read the topic from its beginning to its end."""
    # Without a group every partition is assigned at once.
    consumer = AIOKafkaConsumer(topic, bootstrap_servers="kafka:9092", auto_offset_reset="earliest")
    await consumer.start()
    ends = await consumer.end_offsets(consumer.assignment())
    waiting = set(ends)
    while waiting := {place for place in waiting if await consumer.position(place) < ends[place]}:
        for records in (await consumer.getmany(*waiting, timeout_ms=1000)).values():
            for record in records:
                print(dict(record.headers)["event_id"].decode())
    # A consumer without a group cancels itself when it is stopped while its start is not quite over.
    with contextlib.suppress(asyncio.CancelledError):
        await consumer.stop()


asyncio.run(main(sys.argv[1]))
