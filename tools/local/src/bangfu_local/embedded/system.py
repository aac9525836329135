"""The whole of Bangfu on one machine: PostgreSQL, four services with their workers, one clock."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from bangfu.sdk import Bangfu, Conflict
from bangfu.sdk.models import Client
from bangfu_local.embedded.clients import ClientSpec
from bangfu_local.embedded.clock import BusinessClock
from bangfu_local.embedded.data_dir import hold_data_dir
from bangfu_local.embedded.processes import Command, Family, PortTakenError, run_command
from bangfu_local.embedded.secrets import Secrets, write_private
from servicekit import migrate
from servicekit.embedded.ports import free_port, is_free
from servicekit.embedded.postgres import EmbeddedPostgres

SERVICES = ("registry", "sharing", "alerts", "gateway")


def owner_of(database: str) -> str:
    """Give the role that owns a database: of a service's not the service, which could remove what it did."""
    return f"{database}_owner" if database in SERVICES else database


ADMIN = "admin"
_ADMIN_SCOPES = ("clients:manage", "audit:read", "subscriptions:administer")
_MARKER = "bangfu-data"
_READY_S = 180.0
_POSTGRES_WATCH_S = 0.5


@dataclass(frozen=True)
class Ports:
    """Ports that are not left to chance.

    Attributes:
        gateway, postgres: A free one when None.
        databases: Where a service finds its database (`bus` for the embedded bus's), when not at PostgreSQL itself: a
            proxy's port.
    """

    gateway: int | None = None
    postgres: int | None = None
    databases: Mapping[str, int] = field(default_factory=dict)


_ANY_PORTS = Ports()


class EmbeddedSystem:
    """Starts everything on loopback and stops it again.

    ```python
    async with EmbeddedSystem(Path("build/up")) as system:
        print(system.gateway_url)
    ```

    Args:
        data_dir: Everything is kept here: database, lake, secrets, logs, clock.
        bus: `embedded`, or `kafka:host:port`.
        clock_start: Business time at start; None keeps the clock file as it is (or real time).
        is_fresh: Delete what is in `data_dir` first.
        durable: False skips fsync in PostgreSQL: for tests only.
        extra_environment: More variables for the services, e.g. `SHARING_PART_MAX_BYTES`.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        bus: str = "embedded",
        clock_start: datetime | None = None,
        is_fresh: bool = False,
        durable: bool = True,
        extra_environment: Mapping[str, str] | None = None,
        ports: Ports = _ANY_PORTS,
    ) -> None:
        self.data_dir = data_dir.absolute()
        self.clock = BusinessClock(self.data_dir / "clock.json")
        self._bus = bus
        self._clock_start = clock_start
        self._is_fresh = is_fresh
        self._extra = dict(extra_environment or {})
        self._durable = durable
        self._lock: IO[str] | None = None
        self._ports: dict[str, int] = {}
        self._wanted_ports = ports
        self._postgres: EmbeddedPostgres | None = None
        self._postgres_keeper: asyncio.Task[None] | None = None
        self._family: Family | None = None
        self.secrets = Secrets()

    # --- what users of the class need ---------------------------------------------------------------------------

    @property
    def gateway_url(self) -> str:
        """Address of the gateway."""
        return f"http://127.0.0.1:{self._ports['gateway-api']}"

    @property
    def secrets_path(self) -> Path:
        """File with all secrets, mode 0600."""
        return self.data_dir / "secrets.json"

    @property
    def credentials_path(self) -> Path:
        """File that the `bangfu` command finds the gateway and the clients in, mode 0600."""
        return self.data_dir / "credentials.json"

    @property
    def processes_path(self) -> Path:
        """File with the address of each process's probes, for `bangfu doctor`."""
        return self.data_dir / "processes.json"

    @property
    def logs(self) -> Path:
        """Folder with a log file per process."""
        return self.data_dir / "logs"

    @property
    def postgres(self) -> EmbeddedPostgres:
        """The database server."""
        if self._postgres is None:
            raise RuntimeError("the system is not started")
        return self._postgres

    @property
    def is_started(self) -> bool:
        """Whether the services were started."""
        return self._family is not None

    @property
    def family(self) -> Family:
        """The service processes."""
        if self._family is None:
            raise RuntimeError("the system is not started")
        return self._family

    def probe_url(self, name: str) -> str:
        """Address of the probes of a process: `registry-api`, `registry-worker`, ..."""
        return f"http://127.0.0.1:{self._ports[name]}"

    def worker_url(self, service: str) -> str:
        """Address of a worker's probes and metrics."""
        return self.probe_url(f"{service}-worker")

    @property
    def bus_database_url(self) -> str:
        """URL of the embedded bus's database."""
        return self.database_url("bus")

    @property
    def bus_url(self) -> str:
        """What the services have as `BUS_URL`."""
        return f"embedded:{self._service_database_url('bus')}" if self._bus == "embedded" else self._bus

    def client(self, client_id: str) -> Bangfu:
        """An SDK client for the gateway as one of the clients created by `ensure_clients`; the caller closes it.

        Raises:
            KeyError: if there is no such client.
        """
        return Bangfu(self.gateway_url, client_id, self.secrets.clients[client_id])

    def pids(self) -> dict[str, int]:
        """Process ids by name, PostgreSQL and the supervisor itself included."""
        found = {"supervisor": os.getpid()} | ({} if self._family is None else self._family.pids())
        if self._postgres is not None and self._postgres.pid is not None:
            found["postgres"] = self._postgres.pid
        return found

    def database_url(self, service: str) -> str:
        """URL of a service's database as its owner, for migrations, tests and bench."""
        owner = owner_of(service)
        return self.postgres.url(service, user=owner, password=self.secrets.database(owner))

    def _service_database_url(self, service: str) -> str:
        port = self._wanted_ports.databases.get(service)
        return self.postgres.url(service, user=service, password=self.secrets.database(service), port=port)

    # --- start and stop -----------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Bring everything up and wait until it is ready.

        Raises:
            DataDirInUseError: if another supervisor works in the data directory.
            StartFailedError: if a process does not come up; nothing is left running.
        """
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def _start(self) -> None:
        # First of all: nothing is deleted or started for a system that cannot listen, and what listens there instead,
        # which may answer as a gateway does, is never asked for a token.
        if self._wanted_ports.gateway is not None and not is_free(self._wanted_ports.gateway):
            raise PortTakenError(self._wanted_ports.gateway)
        self._claim_data_dir()
        self.logs.mkdir(exist_ok=True)
        self.secrets = Secrets.load(self.secrets_path)
        if self._clock_start is not None:
            self.clock.set_to(self._clock_start)
        # In this thread, not in a worker thread: Linux ties the child to the thread that started it.
        self._postgres = EmbeddedPostgres(self.data_dir, port=self._wanted_ports.postgres, durable=self._durable)
        self._postgres.start()
        self._postgres_keeper = asyncio.create_task(self._keep_postgres(), name="keep-postgres")
        for name in (*SERVICES, "bus"):
            owner = owner_of(name)
            self._postgres.create_database(name, role=owner, password=self.secrets.database(owner))
            if name != owner:
                self._postgres.admit(name, role=name, owner=owner, password=self.secrets.database(name))
        for name in self._process_names():
            self._ports[name] = free_port()
        if self._wanted_ports.gateway is not None:
            self._ports["gateway-api"] = self._wanted_ports.gateway
        environments = {service: self._environment(service) for service in SERVICES}
        self.secrets.client(ADMIN)
        self.secrets.save(self.secrets_path)
        # Here and not as four `migrate` processes: starting Python four times costs more than the migrations.
        await asyncio.to_thread(self._migrate)
        self._family = Family([self._command(name, environments) for name in self._process_names()])
        await asyncio.gather(self._family.start(_READY_S), self._bootstrap_admin(environments["gateway"]))
        self._write_credentials()
        probes = {name: f"http://127.0.0.1:{port}" for name, port in self._ports.items()}
        self.processes_path.write_text(json.dumps(probes, indent=2), encoding="utf-8")

    async def stop(self) -> None:
        """Stop the services in order, PostgreSQL last. Safe to call twice."""
        if self._family is not None:
            await self._family.stop()
        if self._postgres_keeper is not None:
            self._postgres_keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._postgres_keeper
        if self._postgres is not None:
            self._postgres.stop()
        if self._lock is not None:
            # The port may be a stranger's next: no command is to take it for this system, whose secrets it would send.
            self.credentials_path.unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    async def _keep_postgres(self) -> None:
        """Start the server again when it ended by itself; what the services had committed is there."""
        while True:
            await asyncio.sleep(_POSTGRES_WATCH_S)
            if self.postgres.has_died:
                # In this thread, which Linux ties the child to; recovery after a crash takes well under a second.
                with contextlib.suppress(RuntimeError):  # a full disk, say: the next look tries again
                    self.postgres.start()

    def _claim_data_dir(self) -> None:
        self._lock = hold_data_dir(self.data_dir)
        if self._is_fresh and self.data_dir.exists():
            is_ours = (self.data_dir / _MARKER).exists() or not any(self.data_dir.iterdir())
            if not is_ours:
                raise RuntimeError(f"{self.data_dir} is not a Bangfu data directory; it is left alone")
            shutil.rmtree(self.data_dir)
        self.data_dir.mkdir(parents=True, exist_ok=True)
        (self.data_dir / _MARKER).touch()

    def _process_names(self) -> list[str]:
        return [f"{service}-{role}" for service in SERVICES for role in ("api", "worker")]

    def _environment(self, service: str) -> dict[str, str]:
        prefix = service.upper()
        common = {
            "MODE": "embedded",
            "HOST": "127.0.0.1",
            "PORT": str(self._ports[f"{service}-api"]),
            "WORKER_PORT": str(self._ports[f"{service}-worker"]),
            "DATABASE_URL": self._service_database_url(service),
            "BUS_URL": self.bus_url,
            "CLOCK_FILE": str(self.clock.path),
            "DATA_DIR": str(self.data_dir / service),
            "REPLICA_KEY": self.secrets.key("shared.replica"),
        }
        (self.data_dir / service).mkdir(exist_ok=True)
        if service != "gateway":  # which issues the tokens itself
            issuer = {"issuer": self.gateway_url, "jwks_url": f"{self.gateway_url}/.well-known/jwks.json"}
            common["ISSUERS"] = json.dumps([issuer | {"names_people": True}])
        own = {name.upper(): value for name, value in self._own_settings(service).items()}
        kept = {name: value for name, value in os.environ.items() if not name.startswith(f"{prefix}_")}
        mine = {f"{prefix}_{name}": value for name, value in (common | own).items()}
        return kept | {"PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"} | mine | self._extra

    def _own_settings(self, service: str) -> dict[str, str]:
        key = self.secrets.key
        duties = {"alerts_url": f"http://127.0.0.1:{self._ports['alerts-api']}"}
        if service == "registry":
            return {
                "encryption_key": key("registry.encryption"),
                "blind_index_key": key("registry.index"),
                "token_key": self.secrets.token_key(),
                **duties,
            }
        titles = {"registry_url": f"http://127.0.0.1:{self._ports['registry-api']}"}
        if service == "sharing":
            return {"token_key": self.secrets.token_key(), "reject_key": key("sharing.reject"), **titles, **duties}
        if service == "alerts":
            return {"secret_key": key("alerts.secret"), **titles}
        upstreams = {name: f"http://127.0.0.1:{self._ports[f'{name}-api']}" for name in SERVICES if name != "gateway"}
        return {
            "issuer": self.gateway_url,
            "upstreams": json.dumps(upstreams),
            "key_encryption_key": key("gateway.encryption"),
            "sole_granters": json.dumps([ADMIN]),  # whoever tries the system out is one person
            "machines_stand_in": "true",
            "audit_anchor_file": str(self.data_dir / "audit-anchors.jsonl"),
            "answer_timeout_s": "3600",  # a county's whole register is imported in one request
        }

    def _migrate(self) -> None:
        for service in SERVICES:
            migrate.upgrade(self.database_url(service), service)
            migrate.grant(self.database_url(service), service, service)

    def _command(self, name: str, environments: Mapping[str, Mapping[str, str]]) -> Command:
        service, role = name.split("-")
        return Command(
            name=name,
            module=service,
            arguments=(role,),
            environment=environments[service],
            ready_url=f"http://127.0.0.1:{self._ports[name]}/readyz",
            log=self.logs / f"{name}.log",
            stop_rank={"gateway-api": 0}.get(name, 1 if role == "api" else 2),
        )

    # --- clients ------------------------------------------------------------------------------------------------

    async def _bootstrap_admin(self, environment: Mapping[str, str]) -> None:
        """Create the client that creates the others; a later start finds it as it is."""
        secret = {"BANGFU_ADMIN_SECRET": self.secrets.client(ADMIN)}
        client = ("--client-id", ADMIN, "--name", "系统管理员")
        arguments = (*client, "--scopes", *_ADMIN_SCOPES, "--areas", "0" * 12, "--grants", "*")
        await run_command(
            ["gateway", "bootstrap-client", *arguments, "--secret-env", "BANGFU_ADMIN_SECRET"],
            dict(environment) | secret,
            self.logs / "gateway-bootstrap.log",
        )

    async def ensure_clients(self, specs: Sequence[ClientSpec]) -> None:
        """Register clients that are not known yet; their secrets go to the secrets file."""
        async with self.client(ADMIN) as bangfu:
            for spec in specs:
                if spec.client_id in self.secrets.clients:
                    continue
                try:
                    made = await bangfu.clients.create(**asdict(spec))
                except Conflict:  # registered, but its secret was lost on the way here
                    made = await bangfu.clients.rotate_secret(spec.client_id)
                # The administrator of an embedded system decides alone, and the answer that creates shows the secret.
                assert isinstance(made, Client)  # noqa: S101
                assert made.client_secret is not None  # noqa: S101
                self.secrets.clients[spec.client_id] = made.client_secret
                self.secrets.save(self.secrets_path)
        self._write_credentials()

    def _write_credentials(self) -> None:
        body = {"url": self.gateway_url, "clients": self.secrets.clients}
        write_private(self.credentials_path, json.dumps(body, indent=2))
