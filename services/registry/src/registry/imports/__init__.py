"""Bulk import of households and their members: streamed, staged, merged set by set."""
