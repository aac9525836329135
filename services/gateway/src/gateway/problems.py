"""What several features of the gateway answer."""

from __future__ import annotations

from servicekit.problems import TooManyRequests


class RateExceeded(TooManyRequests):
    """429: the client used up its quota of this class of routes."""

    code = "gateway.rate.exceeded"
