"""What an overlay would deploy: hardened, bounded, probed, and told exactly what the code reads."""

from __future__ import annotations

import os
import re
import secrets
import tomllib
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi import FastAPI

from servicekit.openapi import api_routes
from servicekit.settings import ServiceSettings

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("registry", "sharing", "alerts", "gateway")
NAME, PROCESS = "app.kubernetes.io/name", "app.kubernetes.io/component"
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
MIB = 1024 * 1024

Resource = dict[str, Any]


@pytest.fixture(params=["county-small", "county-ha"])
def resources(request: pytest.FixtureRequest, overlays: dict[str, list[Resource]]) -> list[Resource]:
    """The resources of each overlay in turn."""
    return overlays[request.param]


def of_kind(resources: list[Resource], *kinds: str) -> list[Resource]:
    return [resource for resource in resources if resource["kind"] in kinds]


def pods(resources: list[Resource]) -> Iterator[tuple[Resource, Resource]]:
    """Each workload with its pod's spec."""
    for workload in of_kind(resources, "Deployment", "Job"):
        yield workload, workload["spec"]["template"]["spec"]


def containers(pod: Resource) -> list[Resource]:
    return [*pod.get("initContainers", []), *pod["containers"]]


def quantity(text: str) -> float:
    """Bytes or cores of a Kubernetes quantity."""
    number, unit = re.fullmatch(r"([0-9.]+)([A-Za-z]*)", str(text)).groups()  # type: ignore[union-attr]
    return float(number) * {"": 1, "m": 1e-3, "Mi": MIB, "Gi": 1024 * MIB}[unit]


def told(resources: list[Resource], workload: Resource) -> tuple[dict[str, str], dict[str, str]]:
    """What a process is told: variables, and the Secret's key behind each file in /run/secrets."""
    settings = {item["metadata"]["name"]: item["data"] for item in of_kind(resources, "ConfigMap")}
    pod = workload["spec"]["template"]["spec"]
    app = pod["containers"][0]
    variables: dict[str, str] = {item["name"]: item["value"] for item in app.get("env", [])}
    for source in app["envFrom"]:
        variables |= settings[source["configMapRef"]["name"]]
    volume = {mount["mountPath"]: mount["name"] for mount in app["volumeMounts"]}["/run/secrets"]
    projected = next(item for item in pod["volumes"] if item["name"] == volume)["projected"]["sources"]
    files = {
        item["path"]: f"{source['secret']['name']}/{item['key']}"
        for source in projected
        for item in source["secret"]["items"]
    }
    return variables, files


def test_every_service_has_its_processes(resources: list[Resource]) -> None:
    expected = {(service, process) for service in SERVICES for process in ("api", "worker", "migrate")}
    found = {(item["metadata"]["labels"][NAME], item["metadata"]["labels"][PROCESS]) for item, _ in pods(resources)}
    assert found == expected
    for workload, pod in pods(resources):
        assert pod["containers"][0]["args"] == [workload["metadata"]["labels"][PROCESS]]


def test_no_pod_has_more_rights_than_it_needs(resources: list[Resource]) -> None:
    for workload, pod in pods(resources):
        where = workload["metadata"]["name"]
        context = pod["securityContext"]
        assert context["runAsNonRoot"] is True, where
        assert context["runAsUser"] == context["runAsGroup"] == 10001, where
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}, where
        assert pod["automountServiceAccountToken"] is False, where
        assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys(), where
        assert not [volume for volume in pod["volumes"] if "hostPath" in volume], where
        for container in containers(pod):
            rights = container["securityContext"]
            assert rights == {
                "allowPrivilegeEscalation": False,
                "privileged": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, where


def test_a_services_name_does_not_become_a_setting(resources: list[Resource]) -> None:
    """With service links, the Service `registry` would set REGISTRY_PORT=tcp://... in every pod."""
    assert {item["metadata"]["name"] for item in of_kind(resources, "Service")} == set(SERVICES)
    assert all(pod["enableServiceLinks"] is False for _, pod in pods(resources))


def test_images_and_jobs_carry_the_projects_version(resources: list[Resource]) -> None:
    for workload, pod in pods(resources):
        service = workload["metadata"]["labels"][NAME]
        assert {item["image"] for item in containers(pod)} == {f"bangfu/{service}:{VERSION}"}
        if workload["kind"] == "Job":
            assert workload["metadata"]["name"] == f"{service}-migrate-{VERSION}"


def test_every_container_is_bounded(resources: list[Resource]) -> None:
    for workload, pod in pods(resources):
        for container in containers(pod):
            limits, requests = container["resources"]["limits"], container["resources"]["requests"]
            for name in ("cpu", "memory"):
                assert 0 < quantity(requests[name]) <= quantity(limits[name]), workload["metadata"]["name"]
        assert all("sizeLimit" in volume["emptyDir"] for volume in pod["volumes"] if "emptyDir" in volume)


def test_a_comparison_fits_into_its_pod(resources: list[Resource]) -> None:
    """DuckDB spills at its limit; Python, polars and the rows being merged need room beside it."""
    worker = next(item for item, _ in pods(resources) if item["metadata"]["name"] == "sharing-worker")
    app = worker["spec"]["template"]["spec"]["containers"][0]
    variables, _ = told(resources, worker)
    comparison = int(variables["SHARING_COMPARISON_MEMORY_BYTES"])
    assert quantity(app["resources"]["limits"]["memory"]) >= comparison + 1024 * MIB


def test_probes_ask_what_every_process_answers(resources: list[Resource], app_of: Callable[[str], FastAPI]) -> None:
    paths = {str(route.path) for route in api_routes(app_of("registry"))}
    ports = dict(re.findall(r"(REGISTRY\w*_PORT)=(\d+)", (ROOT / "services/Dockerfile").read_text(encoding="utf-8")))
    for workload in of_kind(resources, "Deployment"):
        app = workload["spec"]["template"]["spec"]["containers"][0]
        asked = {kind: app[kind]["httpGet"] for kind in ("startupProbe", "livenessProbe", "readinessProbe")}
        assert asked["readinessProbe"]["path"] == "/readyz"
        assert asked["startupProbe"]["path"] == asked["livenessProbe"]["path"] == "/livez"
        assert {probe["path"] for probe in asked.values()} <= paths
        assert {probe["port"] for probe in asked.values()} == {"http"}
        assert {str(port["containerPort"]) for port in app["ports"]} == set(ports.values())


def test_a_pod_gets_the_time_that_draining_takes(resources: list[Resource]) -> None:
    for workload in of_kind(resources, "Deployment"):
        pod = workload["spec"]["template"]["spec"]
        service = workload["metadata"]["labels"][NAME]
        variables, _ = told(resources, workload)
        drain_s = float(variables[f"{service.upper()}_DRAIN_S"])
        hook = pod["containers"][0].get("lifecycle", {}).get("preStop", {})
        before_s = hook.get("sleep", {}).get("seconds", 0)
        is_api = workload["metadata"]["labels"][PROCESS] == "api"
        assert before_s >= (5 if is_api else 0), "endpoints must forget the pod before its socket closes"
        assert pod["terminationGracePeriodSeconds"] >= before_s + drain_s + 10
        assert workload["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


def test_nothing_starts_before_its_schema(resources: list[Resource]) -> None:
    for workload in of_kind(resources, "Deployment"):
        pod = workload["spec"]["template"]["spec"]
        (waiting,) = pod["initContainers"]
        assert waiting["args"][:2] == ["migrate", "--wait"]
        assert waiting["envFrom"] == pod["containers"][0]["envFrom"]


@pytest.mark.parametrize("service", SERVICES)
def test_settings_are_all_read_and_none_is_missing(
    resources: list[Resource],
    service: str,
    settings_class_of: Callable[[str], type[ServiceSettings]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kind = settings_class_of(service)
    names = {f"{service}_{field}".upper(): field for field in kind.model_fields}
    for workload, _ in pods(resources):
        if workload["metadata"]["labels"][NAME] != service:
            continue
        variables, files = told(resources, workload)
        given = variables.keys() | {path.upper() for path in files}
        assert given <= names.keys(), f"nothing reads {sorted(given - names.keys())}"
        assert not variables.keys() & {path.upper() for path in files}, "a variable would hide the secret's file"
        needed = {name for name, field in names.items() if kind.model_fields[field].is_required()}
        assert needed <= given, f"nobody sets {sorted(needed - given)}"
        # And they are understood: loaded as in production, with keys nobody has.
        with monkeypatch.context() as patch:
            for name, value in variables.items():
                patch.setenv(name, value)
            for path in files:
                is_url = path.endswith("_url")
                url = f"postgresql://{service}:k{secrets.token_hex(8)}@db/{service}?sslmode=verify-full"
                secret = url if is_url else None
                scheme = "aes-cmac:" if path.endswith("token_key") else ""
                (tmp_path / path).write_text(secret or scheme + b64encode(secrets.token_bytes(32)).decode())
            settings = kind(_secrets_dir=tmp_path)  # type: ignore[call-arg]
        assert settings.mode == "production"


def test_only_registry_and_sharing_hold_the_token_key(resources: list[Resource]) -> None:
    holders = {
        workload["metadata"]["labels"][NAME]
        for workload, _ in pods(resources)
        if any(source.startswith("bangfu-token-key/") for source in told(resources, workload)[1].values())
    }
    assert holders == {"registry", "sharing"}


def test_the_example_lists_the_secrets_that_are_referred_to(resources: list[Resource]) -> None:
    text = (ROOT / "deploy/k8s/secrets.example.yaml").read_text(encoding="utf-8")
    example = {
        f"{secret['metadata']['name']}/{key}": value
        for secret in yaml.safe_load_all(text)
        for key, value in secret["stringData"].items()
    }
    assert set(example.values()) == {""}, "an example holds no values"
    used = {source for workload, _ in pods(resources) for source in told(resources, workload)[1].values()}
    tls = {entry["secretName"] for ingress in of_kind(resources, "Ingress") for entry in ingress["spec"]["tls"]}
    assert example.keys() == used | {f"{name}/{key}" for name in tls for key in ("tls.crt", "tls.key")}
    assert of_kind(resources, "Secret") == []


def test_the_ingress_shows_every_public_route_and_no_probe(
    resources: list[Resource], app_of: Callable[[str], FastAPI]
) -> None:
    (ingress,) = of_kind(resources, "Ingress")
    rules = ingress["spec"]["rules"][0]["http"]["paths"]
    assert {rule["backend"]["service"]["name"] for rule in rules} == {"gateway"}

    def is_shown(path: str) -> bool:
        return any(
            path == rule["path"] or (rule["pathType"] == "Prefix" and path.startswith(rule["path"] + "/"))
            for rule in rules
        )

    inside = {"/livez", "/readyz", "/metrics"}
    paths = {str(route.path) for service in SERVICES for route in api_routes(app_of(service))} | {"/openapi.json"}
    assert {path for path in paths if not is_shown(path)} == inside


def test_everything_that_selects_pods_finds_some(resources: list[Resource]) -> None:
    deployed = {item["metadata"]["name"]: item["spec"]["template"]["metadata"]["labels"] for item, _ in pods(resources)}

    def count(selector: dict[str, str]) -> int:
        return sum(selector.items() <= labels.items() for labels in deployed.values())

    for service in of_kind(resources, "Service"):
        assert count(service["spec"]["selector"]) == 1
    for budget in of_kind(resources, "PodDisruptionBudget"):
        assert count(budget["spec"]["selector"]["matchLabels"]) == 1
        assert budget["spec"]["maxUnavailable"] == 1, "with one replica, minAvailable would block every drain"
    for scaler in of_kind(resources, "HorizontalPodAutoscaler"):
        assert scaler["spec"]["scaleTargetRef"]["name"] in deployed


def test_county_ha_survives_one_node(overlays: dict[str, list[Resource]]) -> None:
    resources = overlays["county-ha"]
    scaled = {
        item["spec"]["scaleTargetRef"]["name"]: item["spec"] for item in of_kind(resources, "HorizontalPodAutoscaler")
    }
    budgets = {item["metadata"]["name"] for item in of_kind(resources, "PodDisruptionBudget")}
    for workload in of_kind(resources, "Deployment"):
        name, spec = workload["metadata"]["name"], workload["spec"]
        assert scaled.get(name, {}).get("minReplicas", spec.get("replicas")) >= 2
        assert not (name in scaled and "replicas" in spec), "an apply would undo the autoscaler"
        assert "kubernetes.io/hostname" in {
            item["topologyKey"] for item in spec["template"]["spec"]["topologySpreadConstraints"]
        }
        assert name in budgets
    assert {tuple(item["spec"]["accessModes"]) for item in of_kind(resources, "PersistentVolumeClaim")} == {
        ("ReadWriteMany",)
    }


def test_the_tracing_component_adds_an_endpoint_and_the_way_to_it(
    render: Callable[[Path], list[Resource]], tmp_path: Path
) -> None:
    def seen_from(folder: str) -> str:
        return os.path.relpath(ROOT / "deploy/k8s" / folder, tmp_path)

    chosen = {"resources": [seen_from("overlays/county-ha")], "components": [seen_from("components/tracing")]}
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(chosen))
    resources = render(tmp_path)
    for workload in of_kind(resources, "Deployment"):
        env = workload["spec"]["template"]["spec"]["containers"][0]["env"]
        assert [item["name"] for item in env] == ["OTEL_EXPORTER_OTLP_ENDPOINT"]
    (way,) = [item for item in of_kind(resources, "NetworkPolicy") if item["metadata"]["name"] == "traces"]
    assert env[0]["value"].endswith(f":{way['spec']['egress'][0]['ports'][0]['port']}")
    assert way["metadata"]["namespace"] == workload["metadata"]["namespace"]


def test_county_small_is_one_of_each_on_one_node(overlays: dict[str, list[Resource]]) -> None:
    resources = overlays["county-small"]
    assert {item["spec"].get("replicas", 1) for item in of_kind(resources, "Deployment")} == {1}
    assert of_kind(resources, "HorizontalPodAutoscaler") == []
    assert {item["spec"]["replicas"] for item in of_kind(resources, "KafkaTopic")} == {1}


def test_only_migrations_are_told_how_to_reach_a_database_as_its_owner(resources: list[Resource]) -> None:
    """P6: what a service recorded of itself is not its to change."""
    for workload, _ in pods(resources):
        service, process = (workload["metadata"]["labels"][name] for name in (NAME, PROCESS))
        owner = {path: source for path, source in told(resources, workload)[1].items() if "-owner/" in source}
        expected = {f"{service}_migration_database_url": f"bangfu-{service}-owner/uri"} if process == "migrate" else {}
        assert owner == expected, workload["metadata"]["name"]
