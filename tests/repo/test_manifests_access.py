"""Who may talk to whom in an overlay: topics and ACLs as the code needs them, network flows as they exist."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from contracts import topics
from servicekit import dead_letters
from servicekit.bus import kafka

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("registry", "sharing", "alerts", "gateway")
NAME, PROCESS = "app.kubernetes.io/name", "app.kubernetes.io/component"

Resource = dict[str, Any]
Grant = tuple[str, str, str]


@pytest.fixture(params=["county-small", "county-ha"])
def resources(request: pytest.FixtureRequest, overlays: dict[str, list[Resource]]) -> list[Resource]:
    """The resources of each overlay in turn."""
    return overlays[request.param]


def needed(service: str) -> set[Grant]:
    """What a service does on the bus: announce its facts, read what it consumes, put aside what it cannot handle."""
    grants = {("topic", topic.name, "Write") for topic in topics.ALL if topic.owner == service}
    for group, topic in ((name, topic) for name in topics.groups_of(service) for topic in topics.GROUPS[name]):
        grants |= {
            ("group", group, "Read"),
            ("topic", topic.name, "Read"),
            ("topic", topic.dead_letters, "Write"),
            ("group", dead_letters.GROUP, "Describe"),  # how many are open
        }
    return grants | {("topic", name, "Describe") for kind, name, _ in grants if kind == "topic"}


def granted(resources: list[Resource]) -> dict[str, set[Grant]]:
    """What each Kafka user may do."""
    return {
        user["metadata"]["name"]: {
            (rule["resource"]["type"], rule["resource"]["name"], operation)
            for rule in user["spec"].get("authorization", {"acls": []})["acls"]
            for operation in rule["operations"]
        }
        for user in resources
        if user["kind"] == "KafkaUser"
    }


def test_topics_are_those_of_the_contracts_as_servicekit_makes_them(resources: list[Resource]) -> None:
    wanted = {topic.name: (kafka.PARTITIONS, kafka.topic_config(topic)) for topic in topics.ALL}
    wanted |= {topic.dead_letters: (1, kafka.DEAD_LETTER_CONFIG) for topic in topics.ALL}
    found = {
        topic["metadata"]["name"]: (
            topic["spec"]["partitions"],
            {name: str(value) for name, value in topic["spec"]["config"].items() if name != "min.insync.replicas"},
        )
        for topic in resources
        if topic["kind"] == "KafkaTopic"
    }
    assert found == wanted


def test_an_acknowledged_event_survives_a_broker_in_county_ha(overlays: dict[str, list[Resource]]) -> None:
    found = [topic["spec"] for topic in overlays["county-ha"] if topic["kind"] == "KafkaTopic"]
    assert {(topic["replicas"], topic["config"]["min.insync.replicas"]) for topic in found} == {(3, 2)}


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_has_exactly_the_rights_that_it_uses(resources: list[Resource], service: str) -> None:
    assert granted(resources)[f"bangfu-{service}"] == needed(service)


def test_household_snapshots_are_read_by_sharing_and_alerts_only(resources: list[Resource]) -> None:
    """P7: they carry matching tokens and incomes."""
    readers = {
        user for user, grants in granted(resources).items() if ("topic", topics.HOUSEHOLD.name, "Read") in grants
    }
    assert readers == {"bangfu-sharing", "bangfu-alerts"}


def test_each_topic_has_one_writing_service(resources: list[Resource]) -> None:
    grants = granted(resources)
    for topic in topics.ALL:
        writers = {user for user, found in grants.items() if ("topic", topic.name, "Write") in found}
        assert writers == {f"bangfu-{topic.owner}", "bangfu-redrive"}


def test_dead_letters_are_read_by_the_person_who_redrives_them_only(resources: list[Resource]) -> None:
    names = {topic.dead_letters for topic in topics.ALL}
    readers = {
        user for user, grants in granted(resources).items() if any(("topic", name, "Read") in grants for name in names)
    }
    assert readers == {"bangfu-redrive"}


# --- network


def matches(selector: Resource, labels: dict[str, str]) -> bool:
    for rule in selector.get("matchExpressions", []):
        value = labels.get(rule["key"])
        if rule["operator"] == "In" and value not in rule["values"]:
            return False
        if rule["operator"] == "Exists" and value is None:
            return False
    wanted: dict[str, str] = selector.get("matchLabels", {})
    return wanted.items() <= labels.items()


Peer = tuple[str, dict[str, str]]  # namespace, labels of the pod


def allows(resources: list[Resource], direction: str, pod: dict[str, str], other: Peer, port: int | str) -> bool:
    """Tell whether `pod` may be reached by (ingress) or reach (egress) `other`; without a policy it may."""
    policies = [
        item["spec"]
        for item in resources
        if item["kind"] == "NetworkPolicy"
        and direction.capitalize() in item["spec"]["policyTypes"]
        and matches(item["spec"]["podSelector"], pod)
    ]
    if not policies:
        return True
    side = "from" if direction == "ingress" else "to"
    return any(
        any(entry["port"] == port for entry in rule["ports"]) and any(is_peer(peer, other) for peer in rule[side])
        for policy in policies
        for rule in policy.get(direction, [])
    )


def is_peer(peer: Resource, other: Peer) -> bool:
    namespace, labels = other
    if "ipBlock" in peer:
        return namespace == "internet"
    if "namespaceSelector" in peer:
        if not matches(peer["namespaceSelector"], {"kubernetes.io/metadata.name": namespace}):
            return False
    elif namespace != "bangfu":
        return False
    return matches(peer.get("podSelector", {}), labels)


@pytest.fixture
def ours(resources: list[Resource]) -> dict[str, dict[str, str]]:
    """Labels of each pod of ours."""
    return {
        f"{labels[NAME]}-{labels[PROCESS]}": labels
        for item in resources
        if item["kind"] in ("Deployment", "Job")
        for labels in [item["spec"]["template"]["metadata"]["labels"]]
    }


def test_among_our_pods_only_gateway_and_services_talk(
    resources: list[Resource], ours: dict[str, dict[str, str]]
) -> None:
    flows = {
        (source, target)
        for source, target in product(ours, ours)
        if allows(resources, "egress", ours[source], ("bangfu", ours[target]), "http")
        and allows(resources, "ingress", ours[target], ("bangfu", ours[source]), "http")
    }
    services = {f"{service}-api" for service in SERVICES if service != "gateway"}
    names = {("sharing-api", "registry-api"), ("alerts-api", "registry-api")}
    duties = {("registry-api", "alerts-api"), ("sharing-api", "alerts-api")}
    assert flows == {("gateway-api", to) for to in services} | {(by, "gateway-api") for by in services} | names | duties


@pytest.mark.parametrize(
    ("peer", "port", "may"),
    [
        (("kube-system", {"k8s-app": "kube-dns"}), 53, r".*"),
        (("bangfu", {"cnpg.io/cluster": "bangfu-postgres"}), 5432, r".*"),
        (
            ("bangfu", {"strimzi.io/cluster": "bangfu-kafka", "strimzi.io/kind": "Kafka"}),
            9093,
            r".*-worker",
        ),
        (("internet", {}), 443, r"alerts-worker|gateway-api"),
        (("internet", {}), 80, r"(?!)"),
        (("kube-system", {"component": "kube-apiserver"}), 443, r"(?!)"),
    ],
    ids=["dns", "postgresql", "kafka", "webhooks and issuers", "plain http", "kubernetes api"],
)
def test_what_leaves_leaves_from_where_it_must(
    resources: list[Resource], ours: dict[str, dict[str, str]], peer: Peer, port: int, may: str
) -> None:
    found = {pod for pod, labels in ours.items() if allows(resources, "egress", labels, peer, port)}
    assert found == {pod for pod in ours if re.fullmatch(may, pod)}


def test_from_outside_only_the_gateway_is_reached(resources: list[Resource], ours: dict[str, dict[str, str]]) -> None:
    def reached_from(namespace: str) -> set[str]:
        return {pod for pod, labels in ours.items() if allows(resources, "ingress", labels, (namespace, {}), "http")}

    assert reached_from("ingress") == {"gateway-api"}
    assert reached_from("monitoring") == set(ours)
    assert reached_from("default") == set()
