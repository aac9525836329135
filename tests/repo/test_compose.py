"""What compose file and Dockerfile must keep: pinned, bounded, unprivileged, gated, told what the code reads."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from alerts.settings import AlertsSettings
from gateway.settings import GatewaySettings
from registry.settings import RegistrySettings
from servicekit.settings import ServiceSettings
from sharing.settings import SharingSettings

ROOT = Path(__file__).resolve().parents[2]
SETTINGS: dict[str, type[ServiceSettings]] = {
    "registry": RegistrySettings,
    "sharing": SharingSettings,
    "alerts": AlertsSettings,
    "gateway": GatewaySettings,
}
SERVICES = tuple(SETTINGS)
OURS = [f"{service}-{process}" for service in SERVICES for process in ("migrate", "api", "worker")]
PROCESSES = [name for name in OURS if not name.endswith("-migrate")]
UID = "10001"
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

Service = dict[str, Any]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The compose file, each variable replaced by its default."""
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    text = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)
    text = re.sub(r"\$\{BANGFU_ISSUER:\?[^}]*\}", "https://bangfu.example", text)
    assert "${" not in text, "a variable without a default, or one that this test does not know"
    found: dict[str, Any] = yaml.safe_load(text)
    return found


@pytest.fixture(scope="module")
def dockerfile() -> str:
    return (ROOT / "services/Dockerfile").read_text(encoding="utf-8")


def stages(dockerfile: str) -> dict[str, str]:
    """The text of each stage by its name; the last one's is ""."""
    texts = re.split(r"^FROM \S+(?: AS (\w+))?$", dockerfile, flags=re.MULTILINE)[1:]
    return dict(zip((name or "" for name in texts[::2]), texts[1::2], strict=True))


@pytest.fixture
def services(compose: dict[str, Any]) -> dict[str, Service]:
    found: dict[str, Service] = compose["services"]
    return found


def mounts(service: Service) -> dict[str, str]:
    """The secret behind each file in a container's /run/secrets."""
    secrets = service.get("secrets", [])
    return dict((item, item) if isinstance(item, str) else (item["target"], item["source"]) for item in secrets)


def test_the_stack_is_two_stores_and_three_containers_for_each_service(services: dict[str, Service]) -> None:
    assert set(services) == {"postgres", "kafka", *OURS}


def test_every_image_has_a_fixed_tag(services: dict[str, Service], dockerfile: str) -> None:
    images = [service["image"] for service in services.values()]
    images += re.findall(r"^ARG PYTHON_IMAGE=(\S+)$", dockerfile, re.MULTILINE)
    assert len(images) == len(services) + 1
    for image in images:
        assert re.fullmatch(r"[a-z/]+:\d+\.\d+[\w.-]*", image), image


def test_images_carry_the_version_of_the_workspace(services: dict[str, Service]) -> None:
    assert {services[name]["image"] for name in OURS} == {f"bangfu/{service}:{VERSION}" for service in SERVICES}


def test_the_dockerfile_and_the_compose_file_begin_with_the_same_python(
    services: dict[str, Service], dockerfile: str
) -> None:
    named = re.findall(r"^ARG PYTHON_IMAGE=(\S+)$", dockerfile, re.MULTILINE)
    assert set(named) == {services["registry-api"]["build"]["args"]["PYTHON_IMAGE"]}


def test_every_container_is_unprivileged_and_read_only(services: dict[str, Service]) -> None:
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert not {"privileged", "cap_add", "devices", "pid", "ipc", "network_mode"} & service.keys(), name
        assert int(service["user"].split(":")[0]) > 0, name
        assert not any("docker.sock" in str(volume) for volume in service.get("volumes", [])), name
    assert {services[name]["user"] for name in OURS} == {f"{UID}:{UID}"}


def test_every_container_has_limits_and_bounded_logs(services: dict[str, Service]) -> None:
    for name, service in services.items():
        limits = service["deploy"]["resources"]["limits"]
        assert set(limits) == {"cpus", "memory", "pids"}, name
        assert float(limits["cpus"]) <= 2, f"{name}: Docker refuses more processors than a small machine has"
        assert set(service["logging"]["options"]) == {"max-size", "max-file"}, name


def test_every_temporary_folder_has_a_size(services: dict[str, Service]) -> None:
    for name in OURS:
        assert all("size=" in mount and "noexec" in mount for mount in services[name]["tmpfs"]), name


def test_long_running_containers_come_back_and_migrations_run_once(services: dict[str, Service]) -> None:
    for name, service in services.items():
        assert service["restart"] == ("no" if name.endswith("-migrate") else "unless-stopped"), name


def test_a_container_is_given_longer_to_stop_than_its_process_drains(services: dict[str, Service]) -> None:
    for name in PROCESSES:
        drain_s = SETTINGS[name.partition("-")[0]].model_fields["drain_s"].default
        assert float(services[name]["stop_grace_period"].rstrip("s")) > drain_s + 10, name


def test_migrations_run_on_a_healthy_database_and_before_every_process(services: dict[str, Service]) -> None:
    for name in OURS:
        service, _, process = name.partition("-")
        waits = {other: how["condition"] for other, how in services[name]["depends_on"].items()}
        if process == "migrate":
            assert waits == {"postgres": "service_healthy"}, name
        else:
            assert waits.pop(f"{service}-migrate") == "service_completed_successfully", name
            assert set(waits.values()) <= {"service_healthy"}, name


def test_workers_wait_for_the_broker_and_the_gateway_for_the_services_behind_it(services: dict[str, Service]) -> None:
    for service in SERVICES:
        assert "kafka" in services[f"{service}-worker"]["depends_on"]
    behind = {f"{service}-api" for service in SERVICES if service != "gateway"}
    assert behind <= services["gateway-api"]["depends_on"].keys()


def test_every_long_running_container_has_a_health_check(services: dict[str, Service], dockerfile: str) -> None:
    for store in ("postgres", "kafka"):
        assert services[store]["healthcheck"]["test"][0] == "CMD"
    for name in OURS:
        # The image's own, which the migration switches off.
        assert services[name].get("healthcheck") == ({"disable": True} if name.endswith("-migrate") else None), name
    assert re.search(r"^HEALTHCHECK .*\\\n +CMD \[.*servicekit\.probe.*/readyz\"\]$", dockerfile, re.MULTILINE)


def test_only_the_gateway_is_reachable_from_outside_and_on_loopback_unless_told(
    compose: dict[str, Any], services: dict[str, Service]
) -> None:
    assert {name: service["ports"] for name, service in services.items() if "ports" in service} == {
        "gateway-api": ["127.0.0.1:8080:8000"]
    }
    assert compose["networks"]["backend"] == {"internal": True}
    outside = {name for name, service in services.items() if service["networks"] != ["backend"]}
    assert outside == {"gateway-api", "alerts-worker"}
    assert services["gateway-api"]["networks"] == ["backend", "edge"]
    assert services["alerts-worker"]["networks"] == ["backend", "webhooks"]  # it calls, nobody calls it


def test_no_secret_is_in_the_environment_and_each_is_mounted_where_a_setting_reads_it(
    services: dict[str, Service],
) -> None:
    """Every secret setting comes as a file of its name, and no file is without a setting."""
    for name in OURS:
        service = name.partition("-")[0]
        fields = {f"{service}_{field}": about for field, about in SETTINGS[service].model_fields.items()}
        mounted = mounts(services[name]).keys()
        required = {
            field for field, about in fields.items() if "SecretStr" in str(about.annotation) and about.is_required()
        }
        # Migrations act as the owner; what runs proves that it has dropped revoked keys.
        more = {f"{service}_{'migration_database_url' if name.endswith('-migrate') else 'replica_key'}"}
        assert mounted == required - {f"{service}_bus_url"} | more, name  # the broker's address names no password
        for variable, value in services[name]["environment"].items():
            assert variable.lower() in fields, f"{name}: the code reads no {variable}"
            assert not re.search(r"_(KEY|PASSWORD|SECRET)$", variable), name
            assert "@" not in str(value), name


def test_the_token_key_is_shared_by_registry_and_sharing_only(services: dict[str, Service]) -> None:
    holders = {name.partition("-")[0] for name, service in services.items() if "token_key" in mounts(service).values()}
    assert holders == {"registry", "sharing"}


def test_the_lake_is_shared_by_the_processes_of_sharing_only(services: dict[str, Service]) -> None:
    holders = {name for name, service in services.items() if "lake:/var/lib/bangfu" in service.get("volumes", [])}
    assert holders == {"sharing-migrate", "sharing-api", "sharing-worker"}


def test_every_volume_that_holds_data_is_named_and_used(compose: dict[str, Any], services: dict[str, Service]) -> None:
    used = {
        volume.partition(":")[0]
        for service in services.values()
        for volume in service.get("volumes", [])
        if not volume.startswith(".")
    }
    assert used == set(compose["volumes"])


def test_the_broker_keeps_what_it_acknowledged(services: dict[str, Service]) -> None:
    """One broker: no replica makes up for what only the machine's memory had. No topic by accident either."""
    environment = services["kafka"]["environment"]
    assert environment["KAFKA_LOG_FLUSH_INTERVAL_MESSAGES"] == "1"
    assert environment["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
    assert f"kafka:{environment['KAFKA_LOG_DIRS']}" in services["kafka"]["volumes"]


def test_init_secrets_makes_every_secret_that_the_compose_file_names(compose: dict[str, Any], tmp_path: Path) -> None:
    made = _init_secrets(tmp_path)
    assert made.keys() == compose["secrets"].keys()
    assert len(set(made.values())) == len(made), "two secrets are the same"
    assert made["token_key"].startswith("aes-cmac:")
    assert {Path(source["file"]).name for source in compose["secrets"].values()} == compose["secrets"].keys(), (
        "a secret is read from a file of another name"
    )
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    for service in SERVICES:
        assert made[f"{service}_database_url"] == (
            f"postgresql://{service}:{made[f'{service}_database_password']}@postgres:5432/{service}"
        )


def test_init_secrets_leaves_what_is_there(tmp_path: Path) -> None:
    made = _init_secrets(tmp_path)
    (tmp_path / "secrets" / "alerts_secret_key").unlink()
    again = _init_secrets(tmp_path)
    assert {name for name in made if made[name] != again[name]} == {"alerts_secret_key"}


def test_production_settings_accept_what_init_secrets_makes(tmp_path: Path, services: dict[str, Service]) -> None:
    made = _init_secrets(tmp_path)
    for service in SERVICES:
        container = services[f"{service}-api"]
        folder = tmp_path / service
        folder.mkdir()
        for target, source in mounts(container).items():
            (folder / target).write_text(made[source], encoding="utf-8")
        with pytest.MonkeyPatch.context() as patch:
            for variable, value in container["environment"].items():
                patch.setenv(variable, str(value))
            assert SETTINGS[service](_secrets_dir=folder).mode == "production"


def test_every_service_has_a_stage_of_its_own_and_the_compose_file_builds_each(
    services: dict[str, Service], dockerfile: str
) -> None:
    found = stages(dockerfile)
    assert set(found) == {"build", "process", "", *SERVICES}
    for service in SERVICES:
        settings = f"{service.upper()}_HOST=0.0.0.0 {service.upper()}_PORT=8000 {service.upper()}_WORKER_PORT=8000"
        assert settings in found[service]
        assert f'ENTRYPOINT ["python", "-m", "{service}"]' in found[service]
        assert "CMD" not in found[service], "an ENTRYPOINT resets the CMD above it"
        plan = services[f"{service}-api"]["build"]
        assert (plan["dockerfile"], plan["args"]["SERVICE"]) == ("services/Dockerfile", service)
    assert 'CMD ["api"]' in found[""]


def test_an_image_runs_as_a_fixed_user_in_exec_form(dockerfile: str) -> None:
    assert re.findall(r"^USER (\S+)$", dockerfile, re.MULTILINE) == [f"{UID}:{UID}"]
    assert f"USER {UID}" in stages(dockerfile)["process"]
    assert "PYTHONDONTWRITEBYTECODE=1" in stages(dockerfile)["process"]
    assert "apt-get" not in dockerfile
    assert "curl" not in dockerfile


def test_an_image_has_its_own_service_and_the_libraries_only(dockerfile: str) -> None:
    assert re.findall(r"\b(?:libs|services)/\S+/src\b", dockerfile) == ["libs/*/src", "services/${SERVICE}/src"]
    assert 'uv export --quiet --frozen --package "bangfu-$SERVICE" ' in dockerfile
    copied = {Path(name).parent for name in re.findall(r"COPY (libs/\S+)", stages(dockerfile)["build"])}
    assert {path.parent.relative_to(ROOT) for path in (ROOT / "libs").glob("*/pyproject.toml")} <= copied


def test_nothing_but_code_gets_into_the_build_context() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    assert patterns[0] == "*"
    assert {line for line in patterns if line.startswith("!")} == {"!pyproject.toml", "!uv.lock", "!libs", "!services"}


def test_generated_secrets_are_kept_out_of_git() -> None:
    for path in ("deploy/compose/secrets/token_key", ".env"):
        assert subprocess.run(["git", "check-ignore", "--quiet", path], cwd=ROOT, check=False).returncode == 0, path


def _init_secrets(folder: Path) -> dict[str, str]:
    subprocess.run(
        ["sh", str(ROOT / "deploy/compose/init-secrets.sh"), "https://bangfu.example"],
        env={**os.environ, "BANGFU_SECRETS": str(folder / "secrets"), "BANGFU_ENV_FILE": str(folder / "env")},
        check=True,
        capture_output=True,
    )
    return {path.name: path.read_text(encoding="utf-8") for path in (folder / "secrets").iterdir()}
