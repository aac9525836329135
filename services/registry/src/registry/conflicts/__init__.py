"""Conflicts (待处理冲突): one list of what came too late or contradicts, for both sides and whoever may decide."""
