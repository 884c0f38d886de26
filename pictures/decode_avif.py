"""Decodes an AVIF file in a process with a memory limit.

The head of the file may claim fewer pixels than are coded in it. No library reports the difference
before it has decoded the pixels.

Reads the file from standard input; the argument is the limit in bytes.
"""

import resource
import sys
from io import BytesIO

from PIL import AvifImagePlugin, Image


def _decode(limit: int) -> None:
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # the stack of each thread counts toward the limit
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    with Image.open(BytesIO(sys.stdin.buffer.read()), formats=["AVIF"]) as image:
        image.load()


if __name__ == "__main__":
    _decode(int(sys.argv[1]))
