"""Clients that openapi-generator makes of the merged document: they compile, and push a delivery.

Needs Java 17 with Maven, and Node.js with npm; `make generated-clients` runs it. Everything is made anew below
`build/generated`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from bangfu_local.embedded import EmbeddedSystem
from bangfu_local.embedded.clients import department_client

ROOT = Path(__file__).resolve().parents[3]
BUILD = ROOT / "build" / "generated"
PROGRAMS = Path(__file__).parent / "programs"
GENERATOR = "org.openapitools:openapi-generator-cli:7.25.0"
TYPESCRIPT = ("typescript@5.9.3", "@types/node@20.19.0")

pytestmark = [pytest.mark.generated, pytest.mark.timeout(400)]


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    """Run a command; give its output, or fail with all that it said."""
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command[0]}: {done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def generator() -> Path:
    """The generator's jar."""
    jar = BUILD / "openapi-generator.jar"
    if not jar.exists():
        BUILD.mkdir(parents=True, exist_ok=True)
        run("mvn", "-q", "-B", "dependency:copy", f"-Dartifact={GENERATOR}", f"-DoutputDirectory={BUILD}")
        next(BUILD.glob("openapi-generator-cli-*.jar")).rename(jar)
    return jar


@pytest.fixture(scope="module")
async def document(running_system: EmbeddedSystem) -> Path:
    """The merged document as a running gateway gives it."""
    async with httpx.AsyncClient(base_url=running_system.gateway_url) as http:
        answer = await http.get("/openapi.json")
    assert answer.status_code == 200
    BUILD.mkdir(parents=True, exist_ok=True)
    path = BUILD / "openapi.json"
    path.write_bytes(answer.content)
    return path


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three rows of DS-MED-ENROL."""
    path = tmp_path_factory.mktemp("rows") / "enrol.ndjson"
    with path.open("w", encoding="utf-8") as file:
        for number in ("990101198001011017", "990101198001011025", "990101198001011033"):
            row = {"id_no": number, "name": "王小明", "year": 2026, "scheme": "resident",
                   "personal_paid": "400.00", "subsidy": "0.00", "as_of": "2026-10-31"}  # fmt: skip
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return path


def generate(jar: Path, document: Path, language: str, *properties: str) -> Path:
    """Give the folder of a client made anew."""
    folder = BUILD / language
    shutil.rmtree(folder, ignore_errors=True)
    more = ("--additional-properties", ",".join(properties)) if properties else ()
    run("java", "-jar", jar, "generate", "-g", language, "-i", document, "-o", folder, *more)
    return folder


async def pushed(system: EmbeddedSystem, command: Sequence[str | Path], cwd: Path, rows: Path) -> None:
    """Run a program that pushes; the receipt that it prints is of a delivery that the gateway knows as committed."""
    client_id = department_client("MED")
    secret = system.secrets.clients[client_id]
    receipt = run(*command, system.gateway_url, client_id, secret, rows, cwd=cwd).strip().splitlines()[-1]
    async with httpx.AsyncClient(base_url=system.gateway_url) as http:
        login = {"grant_type": "client_credentials"}
        token = (await http.post("/oauth2/token", data=login, auth=(client_id, secret))).json()["access_token"]
        seen = (await http.get("/v1/deliveries", headers={"Authorization": f"Bearer {token}"})).json()
    accepted = {each["receipt"]["receipt_no"]: each["receipt"] for each in seen["items"] if each["receipt"]}
    assert accepted[receipt]["rows_accepted"] == 3


async def test_java_client_compiles_and_pushes(
    running_system: EmbeddedSystem, generator: Path, document: Path, rows: Path
) -> None:
    folder = generate(
        generator, document, "java", "library=okhttp-gson", "invokerPackage=cn.bangfu", "apiPackage=cn.bangfu.api",
        "modelPackage=cn.bangfu.model", "groupId=cn.bangfu", "artifactId=bangfu-client",
    )  # fmt: skip
    shutil.copy(PROGRAMS / "Push.java", folder / "src" / "main" / "java" / "cn" / "bangfu" / "Push.java")
    run("mvn", "-q", "-B", "-DskipTests", "compile", "dependency:build-classpath", "-Dmdep.outputFile=classpath",
        cwd=folder)  # fmt: skip
    classpath = os.pathsep.join((str(folder / "target" / "classes"), (folder / "classpath").read_text().strip()))
    await pushed(running_system, ("java", "-cp", classpath, "cn.bangfu.Push"), folder, rows)


async def test_typescript_client_compiles_and_pushes(
    running_system: EmbeddedSystem, generator: Path, document: Path, rows: Path
) -> None:
    folder = generate(generator, document, "typescript-fetch")
    shutil.copy(PROGRAMS / "push.ts", folder / "push.ts")
    (folder / "package.json").write_text('{"private": true}', encoding="utf-8")
    run("npm", "install", "--silent", "--no-audit", "--no-fund", *TYPESCRIPT, cwd=folder)
    run("npx", "tsc", "--strict", "--target", "es2022", "--module", "commonjs", "--skipLibCheck", "--outDir", "out",
        "push.ts", cwd=folder)  # fmt: skip
    await pushed(running_system, ("node", "out/push.js"), folder, rows)


async def test_python_client_installs_and_pushes(
    running_system: EmbeddedSystem, generator: Path, document: Path, rows: Path
) -> None:
    folder = generate(generator, document, "python", "packageName=bangfu_client")
    uv = os.environ.get("UV") or shutil.which("uv") or str(ROOT / ".tools" / "uv" / "bin" / "uv")
    command = (uv, "run", "--no-project", "--isolated", "--with", folder, "python", PROGRAMS / "push.py")
    await pushed(running_system, command, folder, rows)
