"""The version in a tag, with and without what stands beside it."""

from __future__ import annotations

import pytest

from servicekit.etags import etag_of, require_match, tagged
from servicekit.problems import PreconditionFailed, PreconditionRequired


@pytest.mark.parametrize(
    "said", [etag_of(3), tagged(etag_of(3), "5f0c1a2b3c4d5e6f"), "*", '"v1", "v3"', f'"v2", {tagged(etag_of(3), "00")}']
)
def test_the_version_alone_decides_a_change(said: str) -> None:
    require_match(said, 3)


@pytest.mark.parametrize(
    "said", [etag_of(2), tagged(etag_of(2), "5f0c"), tagged("", "3"), '"v3', "v3", 'W/"v3"', "", '"v33"']
)
def test_another_version_is_refused(said: str) -> None:
    with pytest.raises(PreconditionFailed):
        require_match(said, 3)


def test_a_change_needs_a_version() -> None:
    with pytest.raises(PreconditionRequired):
        require_match(None, 3)
