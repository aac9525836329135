"""Use cases of deliveries."""

from __future__ import annotations

from sharing.deliveries.effective import EffectiveSource, effective_parts

__all__ = ["EffectiveSource", "effective_parts"]
