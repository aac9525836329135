"""One Apache Kafka broker for tests: fetched with Maven, KRaft mode, loopback, small heap.

    python -m scripts.kafka start            in the background; prints its address
    python -m scripts.kafka start --wait     in the foreground until Ctrl-C
    python -m scripts.kafka status | stop
    python -m scripts.kafka run -- CMD ...   a broker of its own around one command, with
                                             BANGFU_KAFKA=127.0.0.1:<port> in its environment

Needs Java 17 or newer and Maven. Where they are missing, `run` says so loudly and is skipped,
except in CI (CI=true), where that is a failure. Files and logs are under build/kafka (BANGFU_KAFKA_DIR).
"""

from __future__ import annotations

import base64
import os
import re
import shutil
import socket
import struct
import subprocess
import uuid
from pathlib import Path

from scripts import java_server
from scripts.java_server import Server, UnavailableError, end, java
from servicekit.embedded.ports import free_port

__all__ = ["Server", "UnavailableError", "boot", "end", "fetch", "format_storage", "java", "launch"]

FILES = java_server.ROOT / "scripts" / "kafka"
HOME = Path(os.environ.get("BANGFU_KAFKA_DIR", java_server.ROOT / "build" / "kafka"))
LIBS = HOME / "libs"
START_LIMIT_S = 90.0

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


def fetch() -> Path:
    """Folder with the broker's jars, fetched once for each state of scripts/kafka/pom.xml.

    Raises:
        UnavailableError: if Maven is missing or cannot resolve the jars.
    """
    goal = ("dependency:copy-dependencies", "-DincludeScope=runtime")
    return java_server.fetch("Apache Kafka", FILES / "pom.xml", LIBS, goal, proof="kafka_*.jar")


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


def _jvm(runtime: str, libs: Path) -> list[str]:
    logging = f"-Dlog4j2.configurationFile={FILES / 'log4j2.properties'}"
    return [runtime, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", logging, "-cp", f"{libs}/*"]


def launch(home: Path, *, advertised_port: int | None = None) -> Server:
    """Format fresh storage under `home`, start a broker on free ports and wait until it answers.

    Args:
        advertised_port: Where clients are told to come, if not to the broker itself: a proxy's port.

    Raises:
        UnavailableError: if Java, Maven or the jars are missing, or it does not answer within 90 s.
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
        UnavailableError: if it cannot be formatted.
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
        raise UnavailableError(f"KRaft storage could not be formatted:\n{formatted.stdout}{formatted.stderr}")


def boot(home: Path) -> Server:
    """Start the broker whose storage is under `home`, at the address it had, and wait until it answers.

    Raises:
        UnavailableError: as `launch`.
    """
    runtime, libs = java(), fetch()
    config = home / "server.properties"
    found = re.search(r"^listeners=PLAINTEXT://127\.0\.0\.1:(\d+)", config.read_text(), re.MULTILINE)
    if found is None:
        raise UnavailableError(f"{config} names no listener")
    port = int(found.group(1))
    # Its process is known again by the configuration that it was started with.
    command = [*_jvm(runtime, libs), "-Xms96m", "-Xmx384m", "kafka.Kafka", str(config)]
    return java_server.boot(command, home, f"127.0.0.1:{port}", lambda: _answers(port), limit_s=START_LIMIT_S)


KIND = java_server.Kind(
    name="kafka",
    product="Apache Kafka",
    home=HOME,
    launch=launch,
    variables=lambda broker: {"BANGFU_KAFKA": broker.address},
    data="data",
)


if __name__ == "__main__":
    raise SystemExit(KIND.main())
