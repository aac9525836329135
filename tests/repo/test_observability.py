"""Dashboards and alert rules speak of metrics that exist; every alert leads to a page that says what to do."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import prometheus_client
import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "observability"
PACKAGES = ("servicekit", "registry", "sharing", "alerts", "gateway")

# What Prometheus and prometheus-client add: labels of the scrape, `up`, the process itself.
SCRAPE_LABELS = frozenset({"app", "process", "pod", "namespace", "instance", "job"})
SCRAPE_METRICS = {
    name: frozenset[str]() for name in ("up", "process_resident_memory_bytes", "process_cpu_seconds_total")
}

# PromQL, as far as names go: words that are not metrics, and where a name is a label.
WORDS = frozenset({
    "sum", "max", "min", "avg", "count", "topk", "rate", "increase", "histogram_quantile", "time", "vector", "absent",
    "by", "without", "on", "ignoring", "unless", "and", "or", "bool", "offset", "group_left", "group_right",
})  # fmt: skip
SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
SELECTOR = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)?\s*\{([^}]*)\}")
GROUPING = re.compile(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)")
NAME = re.compile(r"(?<![\w.])[a-zA-Z_:][a-zA-Z0-9_:]*(?![\w:]*\s*=)")


def exported() -> dict[str, frozenset[str]]:
    """Series names and labels that a process may export, from the registry after every module was imported."""
    for package in PACKAGES:
        module = importlib.import_module(package)
        for info in pkgutil.walk_packages(module.__path__, f"{package}."):
            if not info.name.endswith("__main__") and ".migrations" not in info.name and ".embedded" not in info.name:
                importlib.import_module(info.name)
    series: dict[str, frozenset[str]] = dict(SCRAPE_METRICS)
    # There is no public way to the labels of a metric that has no sample yet.
    for collector in list(prometheus_client.REGISTRY._collector_to_names):
        if isinstance(collector, MetricWrapperBase):
            for suffix in SUFFIXES[collector._type]:
                labels = {*collector._labelnames, *(("le",) if suffix == "_bucket" else ())}
                series[collector._name + suffix] = frozenset(labels)
    series["bangfu_database_connections"] = frozenset({"service", "state"})  # read from the pools when scraped
    return series


@pytest.fixture(scope="module")
def series() -> dict[str, frozenset[str]]:
    """Every series of ours with its labels."""
    return exported()


def unknown(expression: str, series: dict[str, frozenset[str]]) -> list[str]:
    """Names in a PromQL expression that no process exports."""
    faults = []
    text = re.sub(r"#.*", "", expression)
    metrics = set()
    for metric, inside in SELECTOR.findall(text):
        used = set(re.findall(r"([a-zA-Z_]\w*)\s*(?:=~|!~|!=|=)", inside))
        allowed = series.get(metric, frozenset()) | SCRAPE_LABELS
        faults += [f"{metric}{{{label}}}" for label in sorted(used - allowed)]
        metrics.add(metric)
    bare = GROUPING.sub(" ", SELECTOR.sub(r"\1", text))
    bare = re.sub(r"\[[^\]]*\]", "", re.sub(r'"[^"]*"', "", bare))
    metrics |= {name for name in NAME.findall(bare) if name not in WORDS}
    faults += sorted(metrics - series.keys())
    known = SCRAPE_LABELS.union(*(series.get(metric, frozenset()) for metric in metrics))
    for group in GROUPING.findall(text):
        faults += [f"by ({label})" for label in re.findall(r"\w+", group) if label not in known]
    return faults


def rules() -> list[dict[str, Any]]:
    document = yaml.safe_load((FOLDER / "alerts.yaml").read_text(encoding="utf-8"))
    return [rule for group in document["groups"] for rule in group["rules"]]


def dashboards() -> dict[str, Any]:
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (FOLDER / "dashboards").glob("*.json")}


def queries() -> Iterator[tuple[str, str]]:
    for name, dashboard in dashboards().items():
        for panel in dashboard["panels"]:
            for target in panel["targets"]:
                yield f"{name}: {panel['title']}", target["expr"]


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_an_alert_asks_for_what_is_measured(rule: dict[str, Any], series: dict[str, frozenset[str]]) -> None:
    assert unknown(rule["expr"], series) == []


def test_dashboards_show_what_is_measured(series: dict[str, frozenset[str]]) -> None:
    assert {"overview", "month", "messaging", "gateway"} == dashboards().keys()
    faults = {where: found for where, expression in queries() if (found := unknown(expression, series))}
    assert faults == {}


def test_every_metric_of_ours_is_looked_at(series: dict[str, frozenset[str]]) -> None:
    """A metric that no panel and no alert uses is a cost without a use."""
    text = " ".join([rule["expr"] for rule in rules()] + [expression for _, expression in queries()])
    families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in series if name.startswith("bangfu_")}
    assert {name for name in families if name not in text} == set()


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_an_alert_says_what_it_means_in_two_languages_and_where_to_go(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"critical", "warning", "notice"}
    summary = rule["annotations"]["summary"]
    chinese, _, english = summary.partition("/")
    assert re.search(r"[\u4e00-\u9fff]", chinese), summary
    assert re.search(r"[a-z]{3}", re.sub(r"\{\{.*?\}\}", "", english)), summary
    page = ROOT / rule["annotations"]["runbook_url"]
    assert page.parent == ROOT / "docs" / "runbooks"
    assert rule["alert"] in page.read_text(encoding="utf-8"), "the page does not name the alert"
    assert rule["alert"] in (page.parent / "README.md").read_text(encoding="utf-8")


def test_no_label_can_hold_a_person_or_a_household(series: dict[str, frozenset[str]]) -> None:
    """P7, and a bound on the number of series: labels are few-valued."""
    allowed = {
        "service", "method", "route", "status", "group", "topic", "state", "kind", "dataset", "outcome", "le",
        "department",
    }  # fmt: skip
    assert set().union(*(labels for name, labels in series.items() if name.startswith("bangfu_"))) <= allowed


def test_planted_names_are_caught(series: dict[str, frozenset[str]]) -> None:
    assert unknown("max by (service) (bangfu_outbox_oldest_seconds) > 120", series) == []
    assert unknown("max(bangfu_outbox_oldest_second)", series) == ["bangfu_outbox_oldest_second"]
    assert unknown('bangfu_clues_open{status="new"}', series) == ["bangfu_clues_open{status}"]
    assert unknown("sum by (household) (bangfu_clues_open)", series) == ["by (household)"]
