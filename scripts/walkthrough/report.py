"""The report: one table for people, one file for programs."""

from dataclasses import asdict
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from scripts.walkthrough.ledger import Line
from scripts.walkthrough.story import Outcome

SHOWN = 10


def show(outcome: Outcome, console: Console) -> None:
    ledger, options = outcome.ledger, outcome.options
    table = Table(title=f"主流程走查：{options.volunteers} 名志愿者，{options.events} 场活动")
    table.add_column("项目")
    table.add_column("走查所记", justify="right")
    table.add_column("接口所示", justify="right")
    table.add_column("", justify="center")
    for line in ledger.lines.values():
        table.add_row(line.name, str(line.counted), said(line), "✓" if line.is_same else "[red]✗[/red]")
    console.print(table)
    _list(console, "不一致", ledger.differences)
    _list(console, "意外的应答", [_surprise(each) for each in map(asdict, ledger.surprises)])
    result = "[green]全部一致[/green]" if ledger.is_clean else "[red]有不一致或意外的应答[/red]"
    console.print(f"{result}，共 {ledger.requests} 次请求，用时 {outcome.seconds:.1f} 秒。")


def said(line: Line) -> str:
    """One number where all sources agree with the walk-through, else each with its source."""
    if set(line.said.values()) == {line.counted}:
        return str(line.counted)
    return " · ".join(f"{source} {count}" for source, count in line.said.items())


def _list(console: Console, title: str, lines: list[str]) -> None:
    for line in lines[:SHOWN]:
        console.print(f"{title}：{line}", markup=False, soft_wrap=True)
    if len(lines) > SHOWN:
        console.print(f"{title}：另有 {len(lines) - SHOWN} 项。")


def _surprise(each: dict[str, object]) -> str:
    return (
        f"{each['method']} {each['path']} → {each['status']} {each['code']} {each['detail']}（应为 {each['wanted']}）"
    )


def write_json(outcome: Outcome, file: Path) -> None:
    ledger, options = outcome.ledger, outcome.options
    lines = [asdict(line) | {"is_same": line.is_same} for line in ledger.lines.values()]
    told = {
        "url": options.url,
        "volunteers": options.volunteers,
        "events": options.events,
        "seed": options.seed,
        "is_clean": ledger.is_clean,
        "requests": ledger.requests,
        "seconds": round(outcome.seconds, 1),
        "acts": {name: round(seconds, 2) for name, seconds in outcome.acts.items()},
        "lines": lines,
        "surprises": [asdict(each) for each in ledger.surprises],
    }
    file.write_bytes(msgspec.json.format(msgspec.json.encode(told), indent=2))
