"""Splink's deterministic link, in a virtual environment of its own: `python splink_link.py PERSONS ROWS THREADS`.

Prints one JSON line: seconds of loading and linking (imports not counted) and the number of links.
"""

from __future__ import annotations

import json
import logging
import sys
import time

import duckdb
import splink.comparison_library as cl  # type: ignore[import-not-found]  # only in its own environment
from splink import DuckDBAPI, Linker, SettingsCreator

logging.getLogger("splink").setLevel(logging.ERROR)
persons, rows, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
began = time.perf_counter()
connection = duckdb.connect(config={"threads": threads, "memory_limit": "4GB"})
for table, path in (("persons", persons), ("delivered", rows)):
    connection.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{path}')")
settings = SettingsCreator(
    link_type="link_only",
    unique_id_column_name="unique_id",
    blocking_rules_to_generate_predictions=["l.id_no = r.id_no AND l.name = r.name"],
    comparisons=[cl.ExactMatch("id_no")],
)
linker = Linker(["persons", "delivered"], settings, DuckDBAPI(connection=connection))
links = linker.inference.deterministic_link()
found = linker.misc.query_sql(f"SELECT count(*) AS links FROM {links.physical_name}")["links"][0]
print(json.dumps({"seconds": time.perf_counter() - began, "links": int(found)}))
