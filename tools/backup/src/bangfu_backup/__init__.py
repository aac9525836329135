"""Backup and restore of a whole system: four databases at one consistent cut, and the lake they name.

A backup folder holds the lake's parts once, for all backups, and a folder for each backup:

```
DIR/lake/dataset=.../part.parquet      immutable parts; a later backup adds only what is new
DIR/20261122T014500Z/manifest.json     written last; what is in it, with the SHA-256 of every file
DIR/20261122T014500Z/databases/...     pg_dump in directory format, one folder a database
DIR/20261122T014500Z/parts.ndjson      the parts that this backup needs
```

Keys are not in it: ID numbers, names and webhook secrets stay encrypted, and without the keys a backup is
useless to whoever finds it and to whoever lost the keys.
"""
