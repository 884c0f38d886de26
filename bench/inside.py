"""One page of a Django site, asked for inside its own process: `python inside.py /path rounds`.

It imports nothing of ours, so that it measures other sites by the same ruler. Prints the median
milliseconds and the number of queries.
"""

import json
import logging
import os
import statistics
import sys
from time import perf_counter

sys.path.insert(0, os.getcwd())  # noqa: PTH109  before Django, which brings no pathlib user here

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
        sys.exit(f"{path} answers {response.status_code}")
took = []
for _round in range(rounds):
    start = perf_counter()
    client.get(path)
    took.append(1000 * (perf_counter() - start))
with CaptureQueriesContext(connection) as asked:
    client.get(path)
print(json.dumps({"ms": statistics.median(took), "queries": len(asked)}))
