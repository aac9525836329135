"""The indicators of sharing."""

from __future__ import annotations

from contracts.sharing import SharingIndicatorComputed
from servicekit.indicators.service import Indicators

OWN = Indicators("sharing", SharingIndicatorComputed)
