"""The case that tests of episodes carry on."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from episode_case import Case, new_case

from servicekit.db import Database


@pytest.fixture
def levels(headers: Any) -> dict[str, dict[str, str]]:
    """Village, township and county: a client each, for the scope that a step needs."""
    names = {"episodes:write": "village", "episodes:audit": "town", "episodes:approve": "county"}
    return {scope: headers(client_id=name) for scope, name in names.items()}


@pytest.fixture
async def case(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database, levels: dict[str, dict[str, str]]
) -> Case:
    """A household with a confirmed clue that was found three days ago."""
    return await new_case(client, county, registry_database, levels)
