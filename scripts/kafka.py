"""One Apache Kafka broker for tests: fetched with Maven, KRaft mode, loopback, small heap.

    python scripts/kafka.py start            in the background; prints its address
    python scripts/kafka.py start --wait     in the foreground until Ctrl-C
    python scripts/kafka.py status | stop
    python scripts/kafka.py run -- CMD ...   a broker of its own around one command, with
                                             BANGFU_KAFKA=127.0.0.1:<port> in its environment

Needs Java 17 or newer and Maven. Where they are missing, `run` says so loudly and is skipped,
except in CI (CI=true), where that is a failure. Files and logs are under build/kafka (BANGFU_KAFKA_DIR).
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import hashlib
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import NoReturn

import psutil  # type: ignore[import-untyped]  # it ships no types

from servicekit.embedded.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
FILES = ROOT / "scripts" / "kafka"
HOME = Path(os.environ.get("BANGFU_KAFKA_DIR", ROOT / "build" / "kafka"))
LIBS = HOME / "libs"
JAVA_MIN = 17
START_LIMIT_S = 90.0
STOP_LIMIT_S = 20.0

CONFIG = """\
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{advertised_port},CONTROLLER://127.0.0.1:{controller_port}
controller.listener.names=CONTROLLER
controller.quorum.bootstrap.servers=127.0.0.1:{controller_port}
log.dirs={data_dir}
# One broker holds every replica.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# A topic exists because somebody created it on purpose.
auto.create.topics.enable=false
num.partitions=4
group.initial.rebalance.delay.ms=0
# Small files and buffers: a laptop runs this beside four services and PostgreSQL.
log.index.size.max.bytes=1048576
log.cleaner.dedupe.buffer.size=16777216
num.network.threads=2
num.io.threads=4
"""


class KafkaUnavailableError(Exception):
    """Kafka cannot run here: the message says what is missing."""


@dataclass(frozen=True)
class Broker:
    """A running broker: its address, its process and the folder of its files."""

    address: str
    pid: int
    home: Path


def java() -> str:
    """Path of a Java that can run the broker.

    Raises:
        KafkaUnavailableError: if there is none of version 17 or newer.
    """
    candidates = [str(Path(os.environ["JAVA_HOME"]) / "bin" / "java")] if "JAVA_HOME" in os.environ else []
    found = next((path for path in (*candidates, "java") if shutil.which(path)), None)
    if found is None:
        raise KafkaUnavailableError(f"Java {JAVA_MIN} or newer is not installed (no `java` on PATH, no JAVA_HOME)")
    shown = subprocess.run([found, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', shown)
    if version is None or int(version.group(1)) < JAVA_MIN:
        raise KafkaUnavailableError(f"Java {JAVA_MIN} or newer is needed, `{found} -version` says: {shown.strip()}")
    return found


def fetch() -> Path:
    """Folder with the broker's jars, fetched once for each state of scripts/kafka/pom.xml.

    Raises:
        KafkaUnavailableError: if Maven is missing or cannot resolve the jars.
    """
    pom = FILES / "pom.xml"
    digest = hashlib.sha256(pom.read_bytes()).hexdigest()
    stamp = LIBS / ".pom.sha256"
    if stamp.exists() and stamp.read_text() == digest:
        return LIBS
    if shutil.which("mvn") is None:
        raise KafkaUnavailableError("Maven is not installed (no `mvn` on PATH); it fetches the broker's jars")
    HOME.mkdir(parents=True, exist_ok=True)
    print("kafka: fetching Apache Kafka with Maven (once)", file=sys.stderr, flush=True)
    # Fetched beside and renamed, so that an interrupted fetch never looks complete.
    fresh = Path(tempfile.mkdtemp(prefix="libs-", dir=HOME))
    command = ["mvn", "--batch-mode", "--quiet", "--file", str(pom), "dependency:copy-dependencies"]
    done = subprocess.run(
        [*command, "-DincludeScope=runtime", f"-DoutputDirectory={fresh}"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0 or not list(fresh.glob("kafka_*.jar")):
        shutil.rmtree(fresh)
        raise KafkaUnavailableError(f"Maven could not fetch Apache Kafka:\n{(done.stdout + done.stderr)[-2000:]}")
    (fresh / stamp.name).write_text(digest)
    if LIBS.exists():
        shutil.rmtree(LIBS)
    fresh.rename(LIBS)
    return LIBS


def _answers(port: int) -> bool:
    """Tell whether the broker answers an ApiVersions request, not only accepts connections."""
    request = struct.pack(">hhih", 18, 0, 1, -1)  # api key, version, correlation id, no client id
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            head = b""
            while len(head) < 10:  # length, correlation id, error code
                part = connection.recv(10 - len(head))
                if not part:
                    return False
                head += part
    except OSError:
        return False
    _, correlation, error = struct.unpack(">iih", head)
    return bool(correlation == 1 and error == 0)


def _process_of(broker: Broker) -> psutil.Process | None:
    """The broker's process. Ids are reused: only one that was started with our own configuration is ours."""
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(broker.pid)
        if str(broker.home / "server.properties") in process.cmdline():
            return process
    return None


def _tail(path: Path, lines: int = 30) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else "(no log)"


def _jvm(runtime: str, libs: Path) -> list[str]:
    logging = f"-Dlog4j2.configurationFile={FILES / 'log4j2.properties'}"
    return [runtime, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", logging, "-cp", f"{libs}/*"]


def launch(home: Path, *, advertised_port: int | None = None) -> Broker:
    """Format fresh storage under `home`, start a broker on free ports and wait until it answers.

    Args:
        advertised_port: Where clients are told to come, if not to the broker itself: a proxy's port.

    Raises:
        KafkaUnavailableError: if Java, Maven or the jars are missing, or it does not answer within 90 s.
    """
    if home.exists():
        shutil.rmtree(home)
    home.mkdir(parents=True)
    port, controller_port = free_port(), free_port()
    config = home / "server.properties"
    config.write_text(
        CONFIG.format(
            port=port,
            controller_port=controller_port,
            advertised_port=advertised_port or port,
            data_dir=home / "data",
        )
    )
    format_storage(home)
    return boot(home)


def format_storage(home: Path) -> None:
    """Give the broker configured under `home` fresh, empty storage; what it had is deleted.

    Raises:
        KafkaUnavailableError: if it cannot be formatted.
    """
    shutil.rmtree(home / "data", ignore_errors=True)
    config = home / "server.properties"
    # A cluster id must not begin with a dash, or the tool takes it for an option.
    cluster_id = "k" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode()[1:22]
    storage = [*_jvm(java(), fetch()), "kafka.tools.StorageTool", "format"]
    formatted = subprocess.run(
        [*storage, "--standalone", "--cluster-id", cluster_id, "--config", str(config)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if formatted.returncode != 0:
        raise KafkaUnavailableError(f"KRaft storage could not be formatted:\n{formatted.stdout}{formatted.stderr}")


def boot(home: Path) -> Broker:
    """Start the broker whose storage is under `home`, at the address it had, and wait until it answers.

    Raises:
        KafkaUnavailableError: as `launch`.
    """
    runtime, libs = java(), fetch()
    config = home / "server.properties"
    found = re.search(r"^listeners=PLAINTEXT://127\.0\.0\.1:(\d+)", config.read_text(), re.MULTILINE)
    if found is None:
        raise KafkaUnavailableError(f"{config} names no listener")
    port = int(found.group(1))
    log = home / "broker.log"
    with log.open("ab") as out:
        # Its own session: a Ctrl-C in the terminal must reach the command under test first.
        process = subprocess.Popen(
            [*_jvm(runtime, libs), "-Xms96m", "-Xmx384m", "kafka.Kafka", str(config)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    broker = Broker(f"127.0.0.1:{port}", process.pid, home)
    try:
        deadline = time.monotonic() + START_LIMIT_S
        while not _answers(port):
            if process.poll() is not None:
                raise KafkaUnavailableError(f"the broker ended with {process.returncode}; {log}:\n{_tail(log)}")
            if time.monotonic() > deadline:
                raise KafkaUnavailableError(f"no answer within {START_LIMIT_S:.0f} s; {log}:\n{_tail(log)}")
            time.sleep(0.1)
    except BaseException:
        end(broker)
        raise
    (home / "broker.pid").write_text(f"{broker.pid} {broker.address}\n")
    return broker


def running(home: Path) -> Broker | None:
    """The broker that was started in `home` and still runs, if any."""
    record = home / "broker.pid"
    if not record.exists():
        return None
    pid, address = record.read_text().split()
    broker = Broker(address, int(pid), home)
    return broker if _process_of(broker) else None


def end(broker: Broker) -> None:
    """End this broker and nothing else; killed when it does not stop within 20 s."""
    if process := _process_of(broker):
        process.terminate()
        try:
            process.wait(STOP_LIMIT_S)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait()
    (broker.home / "broker.pid").unlink(missing_ok=True)


@contextlib.contextmanager
def _own_broker() -> Iterator[Broker]:
    """A broker for one command, in a folder of its own so that several can run side by side."""
    home = HOME / f"run-{os.getpid()}"
    broker = launch(home)
    try:
        yield broker
    except BaseException:
        end(broker)
        shutil.rmtree(home / "data", ignore_errors=True)  # the log stays, to be read
        raise
    end(broker)
    shutil.rmtree(home)


def run(command: list[str]) -> int:
    """Run `command` with a broker of its own; returns the command's exit code, or 1 if Kafka could not start."""

    def on_signal(number: int, _frame: FrameType | None) -> NoReturn:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, on_signal)
    try:
        with _own_broker() as broker:
            print(
                f"kafka: BANGFU_KAFKA={broker.address}, log {broker.home / 'broker.log'}", file=sys.stderr, flush=True
            )
            process = subprocess.Popen(command, env={**os.environ, "BANGFU_KAFKA": broker.address})
            try:
                return process.wait()
            except BaseException:
                process.terminate()
                process.wait()
                raise
    except KafkaUnavailableError as error:
        return _without_kafka(error, command)


def _without_kafka(error: KafkaUnavailableError, command: list[str]) -> int:
    is_ci = os.environ.get("CI", "").lower() in ("1", "true", "yes")
    bar = "!" * 88
    verdict = "FAILED: Apache Kafka is required in CI" if is_ci else "SKIPPED: nothing was tested on Apache Kafka"
    print(f"{bar}\n!! {verdict}\n!! {error}\n!! not run: {' '.join(command)}\n{bar}", file=sys.stderr, flush=True)
    return 1 if is_ci else 0


def start(home: Path, *, is_foreground: bool) -> int:
    """Start the shared broker, unless it runs already, and print its address."""
    broker = running(home)
    if broker is None:
        try:
            broker = launch(home)
        except KafkaUnavailableError as error:
            print(f"kafka: {error}", file=sys.stderr)
            return 1
    print(f"BANGFU_KAFKA={broker.address}", flush=True)
    if not is_foreground:
        print(f"kafka: pid {broker.pid}, log {broker.home / 'broker.log'}; `make kafka-stop` ends it", file=sys.stderr)
        return 0
    print("kafka: Ctrl-C ends it", file=sys.stderr)
    try:
        while running(home) is not None:
            time.sleep(1)
    except KeyboardInterrupt:
        end(broker)
        return 0
    print(f"kafka: the broker ended by itself:\n{_tail(broker.home / 'broker.log')}", file=sys.stderr)
    return 1


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="One Apache Kafka broker for tests")
    commands = parser.add_subparsers(dest="command", required=True)
    starting = commands.add_parser("start", help="start the broker and print its address")
    starting.add_argument("--wait", action="store_true", help="stay in the foreground until Ctrl-C")
    commands.add_parser("status", help="say whether it runs")
    commands.add_parser("stop", help="end it")
    running_a_command = commands.add_parser("run", help="run a command with a broker of its own")
    running_a_command.add_argument("argv", nargs="+", metavar="-- CMD")
    options = parser.parse_args()
    home = HOME / "broker"
    if options.command == "run":
        return run(options.argv)
    if options.command == "start":
        return start(home, is_foreground=options.wait)
    broker = running(home)
    if options.command == "stop" and broker is not None:
        end(broker)
    print("kafka: not running" if broker is None else f"kafka: {broker.address} (pid {broker.pid})")
    return 0 if broker is not None or options.command == "stop" else 1


if __name__ == "__main__":
    raise SystemExit(main())
