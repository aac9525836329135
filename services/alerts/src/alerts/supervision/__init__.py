"""Supervision list (挂牌督办): which unit is supervised, why, by when, and who said that it is over."""
