"""Decodes a photograph in a process with limits of memory and time.

No library reports how much memory and time a file will take. A file of 1 KB may take gigabytes, or
hours.

Reads the file from standard input. Writes one line of JSON and then the encoded photograph, if any.
The arguments are the name of a function in `photographs.py` and three limits: pixels, bytes of
memory, and seconds.
"""

import json
import os
import resource
import signal
import sys

from PIL import AvifImagePlugin

from pictures import photographs

MAX_THREADS = 4  # of the AVIF library; the stack of each thread counts toward the memory limit


def _run(function: str, max_pixels: int, max_memory: int, max_seconds: int) -> None:
    os.nice(10)  # so that web requests come first
    AvifImagePlugin.DEFAULT_MAX_THREADS = MAX_THREADS
    # The alarm ends this process, even if the process that started it has been killed.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(max_seconds)
    resource.setrlimit(resource.RLIMIT_DATA, (max_memory, max_memory))
    data, encoded = sys.stdin.buffer.read(), b""
    head: dict[str, object] = {}
    try:
        if function == "check_head":
            photographs.check_head(data, max_pixels)
        else:
            found = photographs.encode_again(data, max_pixels)
            encoded = found.data
            head = {
                "extension": found.extension,
                "left_out": found.left_out,
                "byline": found.metadata.byline,
                "types": found.metadata.types,
                "difference_hash": found.difference_hash,
            }
    except photographs.Unreadable:
        head = {"error": "unreadable"}
    except photographs.TooManyPixels as error:
        head = {"error": "too_many_pixels", "limit": error.limit}
    sys.stdout.buffer.writelines((json.dumps(head).encode(), b"\n", encoded))


if __name__ == "__main__":
    _run(sys.argv[1], *map(int, sys.argv[2:]))
