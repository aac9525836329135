"""The case that tests of episodes carry on."""

from __future__ import annotations

import httpx
import pytest
from episode_case import Case, new_case

from servicekit.db import Database


@pytest.fixture
async def case(client: httpx.AsyncClient, county: dict[str, str], registry_database: Database) -> Case:
    """A household with a confirmed clue that was found three days ago."""
    return await new_case(client, county, registry_database)
