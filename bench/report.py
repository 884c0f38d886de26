"""The table of measurements and targets, written to RESULTS.md."""

import os
import platform
import sys
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

RESULTS = Path(__file__).parent / "RESULTS.md"


@dataclass
class Report:
    command: str
    rows: list[tuple[str, str, str, bool | None]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, what: str, target: str, measured: str, met: bool) -> None:
        self.rows.append((what, target, measured, met))
        print(f"  {'met   ' if met else 'MISSED'}  {what}: {measured} (target {target})")

    def not_measured(self, what: str, target: str, reason: object) -> None:
        """Adds a row that could not be measured; it counts as missed."""
        self.rows.append((what, target, f"not measured: {reason}", None))
        print(f"  MISSED  {what}: not measured: {reason}")

    @property
    def is_met(self) -> bool:
        return all(met for *_row, met in self.rows)

    def text(self) -> str:
        now = datetime.now(ZoneInfo("UTC"))
        cores, load = os.cpu_count(), os.getloadavg()[0]
        lines = [
            "# Speed measurements",
            "",
            f"`{self.command}` on {now:%d %B %Y, %H:%M} UTC: {platform.machine()}, {cores} cores,"
            f" {_processor()}, Python {platform.python_version()}; load at the end {load:.1f}.",
            "Compare ratios, not seconds: seconds depend on the machine.",
            "",
            "| what | target | measured | |",
            "|---|---|---|---|",
            *(
                f"| {what} | {target} | {measured} | {_verdict(target, met)} |"
                for what, target, measured, met in self.rows
            ),
            "",
            *(f"- {note}" for note in self.notes),
            "",
        ]
        return "\n".join(lines)

    def write(self) -> None:
        RESULTS.write_text(self.text(), "utf-8")
        missed = sum(not met for *_row, met in self.rows)
        sys.stdout.write(f"\n{self.text()}\n{len(self.rows)} rows, {missed} missed.\n")


def _verdict(target: str, met: bool | None) -> str:
    if target == "none":
        return ""
    return "met" if met else "**missed**"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(": ")[1] for line in lines if line.startswith("model name")), "")
