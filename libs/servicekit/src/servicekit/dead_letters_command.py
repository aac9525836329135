"""`python -m <service> dead-letters` and `redrive`: what an operator sees and does about dead letters."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator

import orjson

from contracts import topics
from servicekit import dead_letters
from servicekit.bus import open_bus
from servicekit.dead_letters import DeadLetter

_SHOWN = ("event_id", "topic", "type", "group", "reason", "attempts", "first_seen", "place")


def add_arguments(listing: argparse.ArgumentParser, redriving: argparse.ArgumentParser) -> None:
    """Declare the arguments of both commands."""
    names = sorted(topics.BY_NAME)
    listing.add_argument("topic", choices=names, nargs="?", help="all topics when left out")
    listing.add_argument("--payload", action="store_true", help="add the event with its values masked")
    redriving.add_argument("topic", choices=names)
    redriving.add_argument("--event", help="only the event with this id")


async def run(bus_url: str, options: argparse.Namespace) -> Iterable[str]:
    """Do what was asked for; give the lines to print: JSON, one object a line, so that `jq` reads it."""
    bus = open_bus(bus_url, client=options.command)
    await bus.start()
    try:
        if options.command == "redrive":
            count = await dead_letters.redrive(bus, topics.BY_NAME[options.topic], event_id=options.event)
            return [str(count)]
        wanted = [topics.BY_NAME[options.topic]] if options.topic else topics.ALL
        found = [letter for topic in wanted for letter in await dead_letters.pending(bus, topic)]
        return list(_lines(found, with_payload=options.payload))
    finally:
        await bus.close()


def _lines(letters: Iterable[DeadLetter], *, with_payload: bool) -> Iterator[str]:
    for letter in letters:
        shown = {name: getattr(letter, name) for name in _SHOWN}
        if with_payload:
            shown["payload"] = letter.masked_payload()
        yield orjson.dumps(shown).decode()
