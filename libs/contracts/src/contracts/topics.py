"""Kafka topics and the services that own them.

One producer a topic; the key is the household wherever order matters. `compacted` topics keep
the last value of each key, so that a new consumer can build its copy from the start.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Topic:
    """A topic's name, owner and guarantees.

    Attributes:
        name: `<service>.<thing>.v<major>`.
        owner: The only service that produces to it.
        key: What the message key identifies.
        is_public: Whether subscribers outside the four services may read it (thin events only).
        is_compacted: Whether the broker keeps only the newest value of each key.
    """

    name: str
    owner: str
    key: str
    is_public: bool = False
    is_compacted: bool = False

    @property
    def dead_letters(self) -> str:
        """Name of the topic that takes this topic's poison messages."""
        return f"{self.name}.dlq"


HOUSEHOLD = Topic("registry.household.v1", "registry", "household_id", is_compacted=True)
AREA = Topic("registry.area.v1", "registry", "area_code", is_compacted=True)
POLICY = Topic("registry.policy.v1", "registry", "region", is_compacted=True)
EPISODE = Topic("registry.episode.v1", "registry", "household_id")
STAFF = Topic("registry.staff.v1", "registry", "staff_id", is_compacted=True)
PAIRING = Topic("registry.pairing.v1", "registry", "household_id", is_compacted=True)
VISIT = Topic("registry.visit.v1", "registry", "household_id")
REGISTRY_DUTY = Topic("registry.duty.v1", "registry", "duty_id")
REGISTRY_INDICATOR = Topic("registry.indicator.v1", "registry", "indicator_id")
DELIVERY = Topic("sharing.delivery.v1", "sharing", "dataset")
FINDING = Topic("sharing.finding.v1", "sharing", "household_id")
STATUS = Topic("sharing.status.v1", "sharing", "household_id")
COMPARISON = Topic("sharing.comparison.v1", "sharing", "run_id")
SHARING_DUTY = Topic("sharing.duty.v1", "sharing", "duty_id")
SHARING_INDICATOR = Topic("sharing.indicator.v1", "sharing", "indicator_id")
CLUE = Topic("alerts.clue.v1", "alerts", "household_id", is_public=True)
ALERT = Topic("alerts.alert.v1", "alerts", "household_id", is_public=True)
ALERTS_INDICATOR = Topic("alerts.indicator.v1", "alerts", "indicator_id")
RECOMPUTATION = Topic("alerts.recomputation.v1", "alerts", "request_id")
CLIENT = Topic("gateway.client.v1", "gateway", "client_id", is_compacted=True)

ALL: tuple[Topic, ...] = (
    HOUSEHOLD, AREA, POLICY, EPISODE, STAFF, PAIRING, VISIT, REGISTRY_DUTY, DELIVERY, FINDING, STATUS, COMPARISON,
    SHARING_DUTY, CLUE, ALERT, CLIENT, REGISTRY_INDICATOR, SHARING_INDICATOR, ALERTS_INDICATOR, RECOMPUTATION,
)  # fmt: skip
BY_NAME: dict[str, Topic] = {topic.name: topic for topic in ALL}

GROUPS: dict[str, tuple[Topic, ...]] = {
    "registry": (CLUE, STATUS),
    "registry.indicators": (RECOMPUTATION,),
    "sharing.indicators": (RECOMPUTATION,),
    "sharing.directory": (HOUSEHOLD, POLICY, DELIVERY, CLUE),
    "sharing.areas": (AREA,),
    "alerts.directory": (HOUSEHOLD, AREA, POLICY, EPISODE),
    "alerts.clues": (FINDING,),
    "alerts.access": (CLIENT,),
    "alerts.people": (STAFF,),
    "alerts.visits": (VISIT,),
    "alerts.duties": (REGISTRY_DUTY, SHARING_DUTY),
    "alerts.figures": (REGISTRY_INDICATOR, SHARING_INDICATOR, ALERTS_INDICATOR),
    "gateway.people": (STAFF,),
}
"""Which topics a consumer group reads; its name begins with its service's."""


def groups_of(service: str) -> list[str]:
    """Give the consumer groups of a service."""
    return [group for group in GROUPS if group.partition(".")[0] == service]
