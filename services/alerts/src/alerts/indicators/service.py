"""The indicators of alerts."""

from __future__ import annotations

from contracts.alerts import AlertsIndicatorComputed
from servicekit.indicators.service import Indicators

OWN = Indicators("alerts", AlertsIndicatorComputed)
