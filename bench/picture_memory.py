"""Measures how much memory and time it takes to clean picture files.

    python -m bench.picture_memory large.png large.webp

The limits in `pictures/cleaning.py` and `pictures/photographs.py` are based on measurements of
files of 48 and 64 megapixels.
"""

import os
import resource
import subprocess
import sys
import time
from pathlib import Path


def measure(file: Path) -> None:
    import django

    django.setup()
    from django.core.exceptions import ValidationError

    from pictures.cleaning import clean

    data = file.read_bytes()
    start = time.perf_counter()
    try:
        found = clean(data)
        result = f"{found.extension}, {len(found.data):,} bytes"
    except ValidationError as error:
        result = " ".join(error.messages)
    took = time.perf_counter() - start
    print(f"{file.name}: {peak_megabytes()} MB, {took:.1f} s: {result}")


def peak_megabytes() -> int:
    """The memory of the process that decoded the picture."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dpa_site.settings.type_check")
    if len(sys.argv) == 2:
        measure(Path(sys.argv[1]))
    else:  # one process per file, because the peak of a process never falls
        for name in sys.argv[1:]:
            subprocess.run([sys.executable, "-m", "bench.picture_memory", name], check=True)
