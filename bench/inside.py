"""Requests one page of a Django site inside its own process: `python inside.py /path rounds`.

Prints the median milliseconds and the number of queries. Imports nothing of this project, so that
it measures other sites in the same way.
"""

import json
import logging
import os
import statistics
import sys
from time import perf_counter

sys.path.insert(0, os.getcwd())  # noqa: PTH109

import django

django.setup()
logging.disable(logging.CRITICAL)

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

path, rounds = sys.argv[1], int(sys.argv[2])
client = Client(headers={"host": os.environ.get("BENCH_HOST", "127.0.0.1")})
for _warm in range(3):
    response = client.get(path)
    if response.status_code != 200:
        sys.exit(f"{path} has status {response.status_code}")
took = []
for _round in range(rounds):
    start = perf_counter()
    client.get(path)
    took.append(1000 * (perf_counter() - start))
with CaptureQueriesContext(connection) as asked:
    client.get(path)
print(json.dumps({"ms": statistics.median(took), "queries": len(asked)}))
