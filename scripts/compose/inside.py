"""Runs in a container of ours, where the broker is reachable: prints the id of every event of a topic, one a line.

`python - TOPIC < inside.py`. Ends when it has read up to where the topic ended at the start.
"""

from __future__ import annotations

import asyncio
import sys

from aiokafka import AIOKafkaConsumer, TopicPartition


async def main(topic: str) -> None:
    """Read the topic from its beginning to its end."""
    consumer = AIOKafkaConsumer(bootstrap_servers="kafka:9092", auto_offset_reset="earliest")
    await consumer.start()
    try:
        places = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic) or ())]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        open_places = {place for place in places if await consumer.position(place) < ends[place]}
        while open_places:
            for records in (await consumer.getmany(*open_places, timeout_ms=1000)).values():
                for record in records:
                    print(dict(record.headers)["ce_id"].decode())
            open_places = {place for place in open_places if await consumer.position(place) < ends[place]}
    finally:
        await consumer.stop()


asyncio.run(main(sys.argv[1]))
