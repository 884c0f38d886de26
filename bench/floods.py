"""Floods a test site in containers, and shows what readers and editors notice.

    docker compose up --detach --wait --build
    python bench/floods.py http://localhost:8000

For each flood it prints:

- how many times slower cached pages became, by the 95th percentile of their response times. Periods
  with and without the flood alternate, and the median of the rounds is printed;
- the share of pages with status 200;
- whether an editor could log in;
- the most memory that each container took, without the file cache, which Linux frees when needed.

Needs Linux, root, and `edge` in ALLOWED_HOSTS. It opens the story form and creates an editor, so
run it only on a site for testing. Readers and the sender are containers too. The sender has a small
share of the processors, because a real sender uses processors of its own. The readers have a large
share, because their own delays would count as response times.
"""

import argparse
import json
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from editor import Editor
from flood import quantile

FOLDER = Path(__file__).resolve().parents[1] / "var/bench"
PAGES = ["/", "/issues/", "/stories/", "/es/", "/news/"]
RATE = 40  # pages per second
FLOODS = ("large-bodies", "slow-clients", "logins", "garbage-forms", "pictures")
SERVICES = ("edge", "web", "worker", "db")
SENDER_CPU_SHARES, READER_CPU_SHARES = 64, 8192  # a container has 1024 by default
INSIDE = "http://edge:8080"  # the URL of the site from other containers
MAX_RATIO = 3
EMPTYING = 45  # seconds


@dataclass
class Measured:
    """What several rounds of one flood showed."""

    ratios: list[float] = field(default_factory=list)
    pages: Counter[str] = field(default_factory=Counter)
    log_ins: list[str] = field(default_factory=list)
    memory: Counter[str] = field(default_factory=Counter)
    responses: Counter[str] = field(default_factory=Counter)

    def is_fine(self, limits: dict[str, int]) -> bool:
        return (
            statistics.median(self.ratios) <= MAX_RATIO
            and set(self.pages) == {"200"}
            and all(text.startswith("after") for text in self.log_ins)
            and all(self.memory[name] < limit for name, limit in limits.items() if limit)
        )


def docker(*arguments: str) -> str:
    command = ["docker", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def inspect(service: str, template: str) -> str:
    return docker("inspect", "--format", template, docker("compose", "ps", "--quiet", service))


class Memory:
    """Memory of a container without file cache, from its control group."""

    def __init__(self, service: str) -> None:
        groups = Path(f"/proc/{inspect(service, '{{.State.Pid}}')}/cgroup").read_text("ascii")
        by_name = dict(line.split(":", 2)[1:] for line in groups.splitlines())
        root = Path("/sys/fs/cgroup")
        if "memory" in by_name:  # version 1
            self._folder = root / f"memory{by_name['memory']}"
            self._used, self._prefix = "memory.usage_in_bytes", "total_"
        else:
            self._folder, self._used, self._prefix = root / by_name[""][1:], "memory.current", ""

    def megabytes(self) -> int:
        used = int((self._folder / self._used).read_text("ascii"))
        lines = (self._folder / "memory.stat").read_text("ascii").splitlines()
        parts = dict(line.split() for line in lines)
        cache = sum(int(parts[f"{self._prefix}{name}_file"]) for name in ("active", "inactive"))
        return (used - cache) // 1_000_000


@contextmanager
def record_memory(peaks: Counter[str]) -> Iterator[None]:
    """Raises `peaks` to the most that each service takes within the block."""
    groups, is_over = {name: Memory(name) for name in SERVICES}, threading.Event()

    def record() -> None:
        while not is_over.wait(0.1):
            for name, group in groups.items():
                peaks[name] = max(peaks[name], group.megabytes())

    thread = threading.Thread(target=record)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def create_picture() -> Path:
    """A progressive JPEG of 64 megapixels, which is decoded at full size."""
    file = FOLDER / "64-megapixels.jpg"
    if not file.exists():
        from PIL import Image

        FOLDER.mkdir(parents=True, exist_ok=True)
        noise = Image.effect_noise((500, 500), 40).resize((8000, 8000)).convert("RGB")
        noise.save(file, progressive=True, quality=60)
    return file


def run_script(name: str, *arguments: str, cpu_shares: int, cookies: str = "") -> dict:
    """Run a script of bench/ in a container on the network of the site, and parse its JSON."""
    networks = inspect("edge", "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}")
    command = ["run", "--rm", "--network", networks.split()[0], "--env", f"COOKIES={cookies}"]
    command += ["--cpu-shares", str(cpu_shares), "--memory", "1g"]
    command += ["--volume", f"{Path(__file__).parent}:/bench:ro"]
    command += ["--volume", f"{create_picture()}:/picture.jpg:ro", inspect("web", "{{.Image}}")]
    return json.loads(docker(*command, "python", f"/bench/{name}", *arguments))


def send_flood(name: str, seconds: int, cookies: str) -> dict[str, int]:
    arguments = (name, INSIDE, "--seconds", str(seconds), "--picture", "/picture.jpg")
    return run_script("flood_senders.py", *arguments, cpu_shares=SENDER_CPU_SHARES, cookies=cookies)


def read_pages(seconds: int) -> tuple[dict[str, int], list[float]]:
    """Statuses of the responses with their counts, and response times in seconds, sorted."""
    arguments = (INSIDE, *PAGES, "--rate", str(RATE), "--seconds", str(seconds), "--json")
    found = run_script("load.py", *arguments, cpu_shares=READER_CPU_SHARES)
    return found["statuses"], found["times"]


def measure(name: str, seconds: int, editor: Editor, found: Measured) -> None:
    """One round: readers alone, then readers while the flood arrives."""
    _statuses, quiet = read_pages(seconds)
    with ThreadPoolExecutor() as others, record_memory(found.memory):
        sent = others.submit(send_flood, name, seconds + 6, editor.cookies)
        time.sleep(3)  # the container starts
        log_in = others.submit(editor.try_to_log_in, delay=seconds / 2)
        statuses, flooded = read_pages(seconds)
        found.log_ins.append(log_in.result())
        found.responses.update(sent.result())
    found.pages.update(statuses)
    found.ratios.append(quantile(flooded, 0.95) / quantile(quiet, 0.95))
    print(
        f"{name}: 95% of pages within {quantile(quiet, 0.95):.4f} s without and"
        f" {quantile(flooded, 0.95):.4f} s with the flood; editor {found.log_ins[-1]}"
    )


def report(name: str, found: Measured, limits: dict[str, int]) -> None:
    ratios = ", ".join(f"{ratio:.1f}" for ratio in found.ratios)
    memory = ", ".join(
        f"{service} {peak} of {limits[service] or 'unlimited'}"
        for service, peak in found.memory.items()
    )
    pages = found.pages["200"] / found.pages.total()
    print(f"\n{name}: {'as promised' if found.is_fine(limits) else 'NOT as promised'}")
    print(f"  ratio of pages: {statistics.median(found.ratios):.1f} ({ratios}); 200: {pages:.1%}")
    print(f"  editor logged in: {', '.join(found.log_ins)}")
    print(f"  peak memory in MB: {memory}")
    print(f"  responses to the flood: {dict(found.responses)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("site")
    parser.add_argument("floods", nargs="*", default=FLOODS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=20)
    options = parser.parse_args()
    create_picture()
    limits = {name: int(inspect(name, "{{.HostConfig.Memory}}")) // 1_000_000 for name in SERVICES}
    all_found = {name: Measured() for name in options.floods}
    with Editor.create(options.site) as editor:
        print(f"Editor logged in {editor.try_to_log_in()}")  # floods use the session
        # After a takedown or a start, the edge is emptied for 40 s (dpa_site/caching/edge.py).
        read_pages(EMPTYING)
        for _round in range(options.rounds):
            for name, found in all_found.items():
                measure(name, options.seconds, editor, found)
    for name, found in all_found.items():
        report(name, found, limits)
    restarts = {name: inspect(name, "{{.RestartCount}} {{.State.OOMKilled}}") for name in SERVICES}
    print(f"\nRestarts, and whether memory ran out: {restarts}")
    sys.exit(not all(found.is_fine(limits) for found in all_found.values()))


if __name__ == "__main__":
    main()
