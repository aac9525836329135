"""The indicators of registry."""

from __future__ import annotations

from contracts.registry import RegistryIndicatorComputed
from servicekit.indicators.service import Indicators

OWN = Indicators("registry", RegistryIndicatorComputed)
