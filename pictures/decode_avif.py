"""Decodes an AVIF file in a process that may take only so many bytes of memory.

The head of the file may claim fewer pixels than are coded in it, and no library tells before it has
decoded them. Reads the file from standard input; the limit is the argument.
"""

import resource
import sys
from io import BytesIO

from PIL import AvifImagePlugin, Image


def _decode(limit: int) -> None:
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # each has a stack, which counts too
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    with Image.open(BytesIO(sys.stdin.buffer.read()), formats=["AVIF"]) as image:
        image.load()


if __name__ == "__main__":
    _decode(int(sys.argv[1]))
