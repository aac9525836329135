"""The Keycloak that `make test-keycloak` started."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .browser import Realm


@pytest.fixture(scope="session")
def realm() -> Realm:
    """The realm of generated people."""
    listed = os.environ.get("BANGFU_KEYCLOAK")
    if not listed:
        if os.environ.get("CI") == "true":
            pytest.fail("BANGFU_KEYCLOAK is not set: in CI signing in may not be skipped")
        pytest.skip("no Keycloak here: run `make test-keycloak`")
    return Realm.load(Path(listed))
