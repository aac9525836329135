"""The gateway's own commands, beside `api`, `worker` and `migrate`."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from gateway.access import store
from gateway.access.keys import SigningKeys
from gateway.access.replicas import REPLICAS_WITHIN_S
from gateway.access.service import BootstrapClient, bootstrap
from gateway.audit.rules import mac_key
from gateway.audit.service import anchors_of, newest_seq, read_anchors, verify
from gateway.audit.store import serving_role_may_change
from gateway.settings import GatewaySettings
from servicekit.db import Database
from servicekit.entry import _load as load_settings
from servicekit.problems import Problem
from servicekit.telemetry import configure_logging

COMMANDS = ("bootstrap-client", "rotate-keys", "verify-audit")


def main(arguments: list[str]) -> int:
    """Run one of `COMMANDS`; give the exit status."""
    parsed = _parser().parse_args(arguments)
    settings = load_settings(GatewaySettings)
    # Standard output belongs to the command's result; what is logged on the way is only of interest when it fails.
    configure_logging("gateway-cli", "ERROR")
    run: Callable[[argparse.Namespace, GatewaySettings, Database], Awaitable[int]] = parsed.run
    return asyncio.run(_with_database(run, parsed, settings))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gateway")
    commands = parser.add_subparsers(required=True)

    client = commands.add_parser("bootstrap-client", help="创建或更新接入方 / create or update clients")
    client.add_argument("--from-file", type=Path, help="JSON 数组,每项一个接入方 / a JSON array of clients")
    client.add_argument("--client-id")
    client.add_argument("--name")
    client.add_argument("--scopes", nargs="+", default=[], help="空格或逗号分隔 / separated by spaces or commas")
    client.add_argument("--areas", nargs="+", default=[])
    client.add_argument(
        "--grants", nargs="+", default=[], help="可授予他人的权限,* 为全部 / scopes it may give to others, * for all"
    )
    client.add_argument("--department")
    client.add_argument("--secret-env", help="从该环境变量读取密钥 / read the secret from this variable")
    client.add_argument("--secret-file", type=Path, help="从该文件读取密钥 / read the secret from this file")
    client.add_argument(
        "--rotate", action="store_true", help="为已有接入方生成新密钥 / a new secret for an existing one"
    )
    client.set_defaults(run=_bootstrap)

    rotate = commands.add_parser("rotate-keys", help="立即更换签名密钥 / sign with a new key at once")
    rotate.add_argument("--revoke", action="store_true", help="旧令牌立即失效 / refuse tokens of the old keys")
    rotate.add_argument(
        "--wait",
        type=float,
        default=10.0,
        metavar="SECONDS",
        help="等待各进程确认的秒数 / to wait for confirmation",
    )
    rotate.set_defaults(run=_rotate)

    audit = commands.add_parser("verify-audit", help="校验审计链 / check the audit record")
    audit.add_argument("--anchors", type=Path, help="锚定文件 / file of anchored seals")
    audit.set_defaults(run=_verify)
    return parser


async def _with_database(
    run: Callable[[argparse.Namespace, GatewaySettings, Database], Awaitable[int]],
    parsed: argparse.Namespace,
    settings: GatewaySettings,
) -> int:
    database = Database(settings.database_url.get_secret_value(), service="gateway", pool_size=1)
    try:
        return await run(parsed, settings, database)
    finally:
        await database.dispose()


async def _bootstrap(parsed: argparse.Namespace, _: GatewaySettings, database: Database) -> int:
    try:
        wanted = _wanted(parsed)
    except (ValidationError, ValueError, OSError) as error:
        print(_explain(error), file=sys.stderr)
        return 2
    made: list[dict[str, str]] = []
    try:
        # All or none: a half-created set of clients would only be found out later.
        async with database.transaction() as session:
            for given in wanted:
                secret = await bootstrap(session, given, rotate=parsed.rotate)
                made.append({"client_id": given.client_id} | ({"client_secret": secret} if secret else {}))
    except Problem as problem:
        print(f"{problem.title} / {problem.detail}", file=sys.stderr)
        return 1
    for line in made:
        print(json.dumps(line))
    return 0


def _wanted(parsed: argparse.Namespace) -> list[BootstrapClient]:
    if parsed.from_file is not None:
        return TypeAdapter(list[BootstrapClient]).validate_json(parsed.from_file.read_bytes())
    secret = None
    if parsed.secret_env:
        secret = os.environ.get(parsed.secret_env)
        if not secret:
            raise ValueError(f"the variable {parsed.secret_env} is empty")
    elif parsed.secret_file is not None:
        secret = parsed.secret_file.read_text(encoding="utf-8").strip()
    return [
        BootstrapClient(
            client_id=parsed.client_id or "",
            name=parsed.name,
            scopes=_split(parsed.scopes),
            areas=_split(parsed.areas),
            grants=_split(parsed.grants),
            department=parsed.department,
            secret=secret,
        )
    ]


def _split(values: list[str]) -> list[str]:
    return [part for value in values for part in value.replace(",", " ").split()]


def _explain(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    # Never the input: it may be a secret.
    lines = [
        f"  {'.'.join(str(part) for part in item['loc'])}: {item['msg']}"
        for item in error.errors(include_input=False, include_url=False)
    ]
    return "接入方登记内容有误 / the registration is not valid:\n" + "\n".join(lines)


async def _rotate(parsed: argparse.Namespace, settings: GatewaySettings, database: Database) -> int:
    cipher = settings.keyring("key_encryption_key").cipher()
    keyring = SigningKeys(database, cipher, lifetime=timedelta(days=settings.signing_key_days))
    kid = await keyring.rotate(revoke=parsed.revoke)
    confirmed, missing = await _confirmations(database, keyring.digest, parsed.wait)
    if settings.replica_key is None:
        told = "没有设置 replica_key,各服务无法确认 / without replica_key no service can confirm"
        print(told, file=sys.stderr)
    print(json.dumps({"kid": kid, "confirmed": confirmed, "unconfirmed": missing}))
    return 1 if missing else 0


async def _confirmations(database: Database, digest: str, wait_s: float) -> tuple[list[str], list[str]]:
    """Wait until every process that was heard of lately has the keys; give who has and who has not."""
    deadline_s = time.monotonic() + wait_s
    while True:
        async with database.transaction() as session:
            rows = await store.replicas(session, REPLICAS_WITHIN_S)
        missing = [row["replica"] for row in rows if row["digest"] != digest]
        if not missing or time.monotonic() > deadline_s:
            return [row["replica"] for row in rows if row["digest"] == digest], missing
        await asyncio.sleep(0.2)


async def _verify(parsed: argparse.Namespace, settings: GatewaySettings, database: Database) -> int:
    file = parsed.anchors or (Path(settings.audit_anchor_file) if settings.audit_anchor_file else None)
    anchors = read_anchors(file) if file and (parsed.anchors or file.exists()) else {}
    elsewhere = anchors_of(settings)
    if elsewhere is not None:  # what is kept in another system counts more than a file of this one
        anchors |= await elsewhere.read(await newest_seq(database))
        await elsewhere.close()
    ring = settings.keyring("key_encryption_key")
    retired = [mac_key(ring.keys[key_id]) for key_id in ring.other_ids]
    found = await verify(database, mac_key(ring.current), retired=retired, anchors=anchors)
    async with database.transaction() as session:
        is_shared = await serving_role_may_change(session)
    result: dict[str, object] = {"anchors": len(anchors), "role": "shared" if is_shared else "separate"}
    if not anchors:
        print(
            "没有给出锚定,无法发现整条链被重做 / no anchors were given: a chain made anew does not show",
            file=sys.stderr,
        )
    if is_shared:
        print("该角色可以修改审计表 / this role could change the record", file=sys.stderr)
    result |= {"seals": found.seals, "entries": found.entries, "outcomes": found.outcomes, "head": found.head}
    if found.fault is not None:
        result |= {"fault": found.fault.what, "seal": found.fault.seq, "detail": found.fault.detail}
    print(json.dumps(result))
    return 1 if found.fault is not None else 0
