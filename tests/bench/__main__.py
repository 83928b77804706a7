"""Measure: `uv run python tests/bench`, or only some of it with `--only acks,verbs`."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from dataclasses import asdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1])]

import bench_frame  # noqa: E402 - needs the path above
from bench_frame import Figure  # noqa: E402 - the same
from rich.console import Console  # noqa: E402 - the same
from rich.table import Table  # noqa: E402 - the same


def main() -> None:
    parser = argparse.ArgumentParser(prog="python tests/bench", description=__doc__)
    parser.add_argument("--only", default="", help="subjects, separated by commas")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--json", action="store_true", help="print figures as JSON lines")
    parser.add_argument("--no-profile", action="store_true", help="do not say where the time goes")
    wanted = parser.parse_args()
    subjects = bench_frame.subjects()
    names = [name for name in wanted.only.split(",") if name] or list(subjects)
    unknown = set(names) - set(subjects)
    if unknown:
        parser.error(f"no such subject: {', '.join(sorted(unknown))}; there are {', '.join(subjects)}")
    bench_frame.pin(bench_frame.LOAD_CORE)
    console = Console(width=None if sys.stdout.isatty() else 170, highlight=False)
    if not wanted.json:
        console.print(f"Python {platform.python_version()}, {bench_frame.CORES} cores")
    for name in names:
        module = subjects[name]
        figures = module.measure(quick=wanted.quick)
        if wanted.json:
            for figure in figures:
                line = json.dumps({"subject": name, "ratio": figure.ratio, **asdict(figure)})
                console.out(line, highlight=False)
            continue
        console.print(f"\n[bold]{name}[/bold]: {(module.__doc__ or '').strip().splitlines()[0]}")
        console.print(_table(figures))
        if not wanted.no_profile and hasattr(module, "profile"):
            for share in module.profile(quick=wanted.quick):
                console.print(f"  {share.percent:5.1f} %  {share.what}")


def _table(figures: list[Figure]) -> Table:
    table = Table()
    for title in ("", "ours", "floor", "ratio", "the floor is", "promised", "", "note"):
        table.add_column(title, justify="right" if title in ("ours", "floor", "ratio") else "left")
    for one in figures:
        table.add_row(
            one.name,
            f"{_number(one.ours)} {one.unit}",
            "" if one.floor is None else f"{_number(one.floor)} {one.unit}",
            "" if one.ratio is None else f"{one.ratio:.2f}",
            one.floor_is,
            one.promise,
            {True: "[green]kept[/green]", False: "[red]NOT KEPT[/red]", None: ""}[one.held],
            one.note,
        )
    return table


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


if __name__ == "__main__":
    main()
