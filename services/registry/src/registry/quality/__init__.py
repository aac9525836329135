"""Data quality: what contradicts itself or the policy in the register, found by rules that are data, until mended."""
