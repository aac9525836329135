"""One Keycloak for tests: fetched with Maven, on loopback, in memory, with a realm of generated people.

    python -m scripts.keycloak start            in the background; prints the file that lists its people
    python -m scripts.keycloak start --wait     in the foreground until Ctrl-C
    python -m scripts.keycloak status | stop
    python -m scripts.keycloak run -- CMD ...   one of its own around one command, with BANGFU_KEYCLOAK=<that file>
                                                in its environment

Needs Java 17 or newer and Maven. Where they are missing, `run` says so loudly and is skipped,
except in CI (CI=true), where that is a failure. Files and logs are under build/keycloak (BANGFU_KEYCLOAK_DIR).

The realm is imported at start, so Keycloak has no administrator: nobody can sign in to change it. Each person has a
random password and a second factor (TOTP); they are in `people.json`, which its owner alone can read.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from typing import Any

from scripts import java_server
from scripts.java_server import Server, UnavailableError, java
from servicekit.embedded.ports import free_port

FILES = java_server.ROOT / "scripts" / "keycloak"
HOME = Path(os.environ.get("BANGFU_KEYCLOAK_DIR", java_server.ROOT / "build" / "keycloak"))
DIST = HOME / "dist"
START_LIMIT_S = 240.0
REALM = "bangfu"
PEOPLE = 6
APP, OTHER_APP, SILENT_APP = "bangfu-app", "other-app", "silent-app"
"""The application; one that the gateway is not told of; one whose tokens do not say how the person signed in."""
AUDIENCE = "bangfu"

_OPTIONS = ("--db=dev-mem", "--health-enabled=true")
"""Decided when the distribution is built, once; all others at each start."""
_JVM = (
    # Quick to start rather than quick for long.
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Xms128m",
    "-Xmx512m",
    "-Duser.language=en",
    "-Duser.country=US",
    "--add-opens=java.base/java.util=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
    "--add-opens=java.base/java.security=ALL-UNNAMED",
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
    "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
    (
        "-Djava.util.concurrent.ForkJoinPool.common.threadFactory="
        "io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory"
    ),
)
"""What bin/kc.sh gives Java; called without it, the process that we start is the server itself."""


def _command(home: Path, *arguments: str) -> list[str]:
    """A command of Keycloak whose files are under `home`."""
    places = (f"-Dkc.home.dir={home}", f"-Djboss.server.config.dir={home / 'conf'}")
    entry = ("-cp", str(home / "lib" / "quarkus-run.jar"), "io.quarkus.bootstrap.runner.QuarkusEntryPoint")
    return [java(), *_JVM, *places, *entry, *arguments]


def fetch() -> Path:
    """Folder with the distribution, fetched and built for an in-memory database once for each state of the pom.

    Raises:
        UnavailableError: if Java or Maven is missing, or something cannot be fetched or built.
    """
    java()
    goal = ("dependency:unpack-dependencies", "-DincludeTypes=zip")
    java_server.fetch("Keycloak", FILES / "pom.xml", DIST, goal, proof="keycloak-*/lib/quarkus-run.jar")
    dist = next(DIST.glob("keycloak-*"))
    built = dist / ".built"
    if not built.exists() or built.read_text() != str(_OPTIONS):
        print("keycloak: building it for an in-memory database (once)", file=sys.stderr, flush=True)
        done = subprocess.run(
            _command(dist, "build", *_OPTIONS), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise UnavailableError(f"Keycloak could not be built:\n{(done.stdout + done.stderr)[-2000:]}")
        built.write_text(str(_OPTIONS))
    return dist


def people_file(home: Path) -> Path:
    """Where the issuer, its applications and its people with their secrets are listed."""
    return home / "people.json"


def _person(number: int) -> dict[str, Any]:
    return {
        "username": f"person-{number}",
        "subject": str(uuid.uuid4()),
        "password": secrets.token_urlsafe(18),
        "totp_secret": base64.b32encode(secrets.token_bytes(20)).decode(),
    }


def _user(person: dict[str, Any]) -> dict[str, Any]:
    """A person as Keycloak imports it. Made-up names: what it knows of people is no concern of the services."""
    totp = {"subType": "totp", "digits": 6, "counter": 0, "period": 30, "algorithm": "HmacSHA1"}
    totp["secretEncoding"] = "BASE32"
    return {
        "id": person["subject"],
        "username": person["username"],
        "enabled": True,
        "firstName": "示例",
        "lastName": person["username"],
        "email": f"{person['username']}@example.invalid",
        "emailVerified": True,
        "credentials": [
            {"type": "password", "value": person["password"]},
            {
                "type": "otp",
                "secretData": json.dumps({"value": person["totp_secret"]}),
                "credentialData": json.dumps(totp),
            },
        ],
    }


def _application(client_id: str) -> dict[str, Any]:
    """A public application: code and PKCE, back to a loopback address of any port (RFC 8252)."""
    mappers: dict[str, dict[str, str]] = {"oidc-audience-mapper": {"included.custom.audience": AUDIENCE}}
    if client_id != SILENT_APP:
        mappers["oidc-amr-mapper"] = {}  # by which factors the person signed in
    return {
        "clientId": client_id,
        "enabled": True,
        "publicClient": True,
        "standardFlowEnabled": True,
        "directAccessGrantsEnabled": False,
        "redirectUris": ["http://127.0.0.1/*"],
        "attributes": {"pkce.code.challenge.method": "S256", "access.token.header.type.rfc9068": "true"},
        "defaultClientScopes": ["basic"],  # the subject, and neither name nor address
        "optionalClientScopes": [],
        "protocolMappers": [
            {
                "name": mapper,
                "protocol": "openid-connect",
                "protocolMapper": mapper,
                "config": {"access.token.claim": "true", "id.token.claim": "false"} | config,
            }
            for mapper, config in mappers.items()
        ],
    }


def _sign_in() -> dict[str, Any]:
    """How people sign in: a session that they have, or both factors, which `amr` then names."""

    def step(authenticator: str, requirement: str, priority: int, *, factor: str = "") -> dict[str, Any]:
        named = {"authenticatorConfig": factor} if factor else {}
        return {"authenticator": authenticator, "requirement": requirement, "priority": priority} | named

    forms = {"flowAlias": "two factors", "authenticatorFlow": True, "requirement": "ALTERNATIVE", "priority": 20}
    steps = {
        "sign in": [step("auth-cookie", "ALTERNATIVE", 10), forms],
        "two factors": [
            step("auth-username-password-form", "REQUIRED", 10, factor="pwd"),
            step("auth-otp-form", "REQUIRED", 20, factor="otp"),
        ],
    }
    return {
        "browserFlow": "sign in",
        "authenticationFlows": [
            {
                "alias": alias,
                "providerId": "basic-flow",
                "topLevel": alias == "sign in",
                "builtIn": False,
                "authenticationExecutions": executions,
            }
            for alias, executions in steps.items()
        ],
        "authenticatorConfig": [
            {"alias": factor, "config": {"default.reference.value": factor, "default.reference.maxAge": "36000"}}
            for factor in ("pwd", "otp")
        ],
    }


def realm_of(people: list[dict[str, Any]]) -> dict[str, Any]:
    """The realm as Keycloak imports it."""
    return {
        "realm": REALM,
        "enabled": True,
        "sslRequired": "none",
        "internationalizationEnabled": True,
        "supportedLocales": ["zh-CN", "en"],
        "defaultLocale": "zh-CN",
        "bruteForceProtected": True,
        "otpPolicyType": "totp",  # without it the rest of the policy is not read
        "otpPolicyAlgorithm": "HmacSHA1",
        "otpPolicyDigits": 6,
        "otpPolicyPeriod": 30,
        "otpPolicyLookAheadWindow": 1,
        "otpPolicyCodeReusable": True,  # a test signs the same person in twice within half a minute
        "clients": [_application(client_id) for client_id in (APP, OTHER_APP, SILENT_APP)],
        "users": [_user(person) for person in people],
        **_sign_in(),
    }


def _write_private(path: Path, value: dict[str, Any]) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=False, indent=2)


def _is_ready(port: int) -> bool:
    """Tell whether it has started and imported the realm."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5) as answer:
            return bool(json.load(answer)["status"] == "UP")
    except (OSError, ValueError):
        return False


def launch(home: Path) -> Server:
    """Start a fresh Keycloak with files under `home` on free ports and wait until it is ready.

    Raises:
        UnavailableError: if Java, Maven or the distribution is missing, or it is not ready within four minutes.
    """
    dist = fetch()
    if home.exists():
        shutil.rmtree(home)
    realm = home / "data" / "import" / f"{REALM}-realm.json"
    realm.parent.mkdir(parents=True)
    shutil.copytree(dist / "conf", home / "conf")
    for part in ("lib", "providers", "themes"):
        (home / part).symlink_to(dist / part)
    port, management_port = free_port(), free_port()
    address = f"http://127.0.0.1:{port}"
    people = [_person(number) for number in range(1, PEOPLE + 1)]
    applications = {"client_id": APP, "other_client_id": OTHER_APP, "silent_client_id": SILENT_APP}
    listed = {"issuer": f"{address}/realms/{REALM}", **applications, "people": people}
    _write_private(people_file(home), listed)
    _write_private(realm, realm_of(people))
    options = (
        "--optimized",
        "--import-realm",
        "--http-enabled=true",
        "--http-host=127.0.0.1",
        f"--http-port={port}",
        "--http-management-host=127.0.0.1",
        f"--http-management-port={management_port}",
        f"--hostname={address}",
        "--cache=local",
    )
    command = _command(home, "start", *options)
    server = java_server.boot(command, home, address, lambda: _is_ready(management_port), limit_s=START_LIMIT_S)
    realm.unlink()  # it is in the database now
    return server


KIND = java_server.Kind(
    name="keycloak",
    product="Keycloak",
    home=HOME,
    launch=launch,
    variables=lambda server: {"BANGFU_KEYCLOAK": str(people_file(server.home))},
    data="data",
)


if __name__ == "__main__":
    raise SystemExit(KIND.main())
