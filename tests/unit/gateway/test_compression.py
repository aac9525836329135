"""Who takes gzip, as the header says."""

from __future__ import annotations

import pytest

from gateway.compression import accepts_gzip


@pytest.mark.parametrize(
    ("said", "takes"),
    [
        (b"gzip", True),
        (b"gzip, deflate, br, zstd", True),
        (b"br;q=1.0, GZIP;q=0.5", True),
        (b"identity", False),
        (b"", False),
        (b"*", False),
        (b"gzip;q=0", False),
        (b"gzip; q=0.000, identity", False),
        (b"x-gzip", False),
    ],
)
def test_gzip_is_given_to_who_names_it(said: bytes, takes: bool) -> None:
    assert accepts_gzip([(b"accept", b"*/*"), (b"accept-encoding", said)]) is takes


def test_who_says_nothing_is_given_the_answer_as_it_is() -> None:
    assert not accepts_gzip([(b"accept", b"*/*")])
