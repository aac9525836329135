"""`python -m scripts.compose`: bring the compose stack up, push a month, kill and recover, take it down.

    make compose-check                        everything
    make compose-check ARGS="--keep"          leave images, containers and the daemon for looking around
    make compose-check ARGS="--households N"  a larger county

Where Docker runs and a registry answers, the official images are used. Elsewhere, on Debian as root, it installs
docker.io, starts a daemon of its own and builds stand-ins under the names of the official images.
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import os
import shutil
import signal
import sys
import time
from contextlib import ExitStack

from bangfu.sdk import BangfuError
from bangfu_local.embedded.clients import DEPARTMENTS
from scripts.compose import images
from scripts.compose.daemon import HOME, Docker, docker
from scripts.compose.month import Month
from scripts.compose.shell import CheckFailedError, step
from scripts.compose.stack import Stack

_WORKERS = ("registry-worker", "sharing-worker", "alerts-worker", "gateway-worker")
_HOUSEHOLDS = 1000


async def _month(stack: Stack, month: Month) -> None:
    with step(f"import a register of {month.manifest.counts['households']} households"):
        await month.register()
        stack.settle()
    with step("two departments push, the comparison runs, alerts arrive by cursor and on Kafka"):
        await month.push("EDU", "MED")
        await month.finish_comparison(await month.start_comparison())
        stack.settle()
        before = await month.alerts()
        if not before:
            raise CheckFailedError("no alert came")
    print(f"compose-check:   {before} alerts")
    with step("kill the sharing worker (SIGKILL) and the broker (docker kill)"):
        stack.kill("kafka")
        stack.crash("sharing-worker")
    with step("the other departments push meanwhile, and hold their receipts"):
        await month.push(*sorted(DEPARTMENTS.keys() - {"EDU", "MED"}))
        run_id = await month.start_comparison()
    with step("the broker comes back, every worker recovers by itself"):
        stack.start("kafka")
        stack.wait_healthy(["kafka", *_WORKERS])
        if not stack.restarts("sharing-worker"):
            raise CheckFailedError("Docker did not restart the sharing worker")
    with step("the comparison ends, the new alerts arrive, nothing is lost and nothing is there twice"):
        await month.finish_comparison(run_id)
        stack.settle()
        after = await month.alerts()
        if after <= before:
            raise CheckFailedError("no new alert came")
        await month.nothing_lost()
    print(f"compose-check:   {after} alerts, {len(month.receipts)} receipts")
    if os.geteuid() == 0:  # the lake's volume and the containers' network are root's
        with step("back up from the machine, read the backup again"):
            stack.back_up()


def _check(engine: Docker, households: int, *, keep: bool) -> None:
    stack = Stack(engine)
    made: list[str] = []
    with ExitStack() as cleaning:
        if not keep:
            cleaning.callback(_remove_images, engine, made)
        with step("keys, passwords, docker compose config"):
            stack.make_secrets()
            configuration = stack.configuration()
        with step("official images, or stand-ins under their names"):
            made += images.provide_bases(engine, images.of_compose(configuration))
        made += images.build(engine, configuration)
        if not keep:
            cleaning.callback(_down, stack)
        try:
            with step("up: migrations first, then every process healthy"):
                stack.up()
            with step("clients of a bureau, the departments and a subscriber"):
                stack.bootstrap()
            asyncio.run(_month(stack, Month.of(stack, HOME / "county", households)))
        except Exception:
            stack.show_failures()
            raise


def _down(stack: Stack) -> None:
    with step("down: containers, networks, volumes"):
        stack.down()


def _remove_images(engine: Docker, made: list[str]) -> None:
    if not engine.is_own:  # its own daemon's images go with its data
        for image in reversed(made):
            engine.run("image", "rm", image)


def main() -> int:
    """Run the check; 0 when everything holds."""
    parser = argparse.ArgumentParser(prog="make compose-check", description=__doc__.partition("\n")[0])
    parser.add_argument("--households", type=int, default=_HOUSEHOLDS, help="size of the county (default %(default)s)")
    parser.add_argument("--keep", action="store_true", help="leave everything running at the end")
    options = parser.parse_args()
    began_s = time.monotonic()
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # what is up comes down first
    HOME.mkdir(exist_ok=True)
    with (HOME.parent / "compose-check.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("compose-check: another one is running", file=sys.stderr)
            return 1
        try:
            with docker(keep=options.keep) as engine:
                _check(engine, options.households, keep=options.keep)
        except (CheckFailedError, BangfuError) as failure:
            print(f"compose-check: FAILED after {time.monotonic() - began_s:.0f} s\n{failure}", file=sys.stderr)
            return 1
        finally:
            if not options.keep:
                shutil.rmtree(HOME, ignore_errors=True)
    print(f"compose-check: ok, {time.monotonic() - began_s:.0f} s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
