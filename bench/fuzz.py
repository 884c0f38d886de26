"""Sends thousands of damaged files through every upload and the loader of content files.

    python -m bench.fuzz --count 1000 --seed 7

Runs tests/test_mutated_files.py with more files for each of its tests than the test suite does.
"""

import argparse
import os
import subprocess
import sys

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="files for each test")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    numbers = {"MUTATIONS": str(options.count), "MUTATIONS_SEED": str(options.seed)}
    command = [sys.executable, "-m", "pytest", "tests/test_mutated_files.py"]
    sys.exit(subprocess.run(command, env=os.environ | numbers, check=False).returncode)
