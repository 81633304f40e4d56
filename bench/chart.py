#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Charts of what the measurements wrote, as SVG, by Python's library alone.

usage: chart.py bars REPORT.json OUT.svg       a bar a row: what is aimed for is at most its line
       chart.py growth REPORT.json OUT.svg     time and memory by the number of components, both axes logarithmic
       chart.py table REPORT.json              the rows of a report with aims, as Markdown
"""
import json, math, sys
from xml.sax.saxutils import escape

STYLE = ("text{font:13px system-ui,sans-serif;fill:#333}.t{font-weight:600;font-size:15px}.s{fill:#777;font-size:12px}"
         ".g{stroke:#ddd}.a{stroke:#333;stroke-dasharray:4 3}")


def svg(width, height, parts):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
            f"<style>{STYLE}</style><rect width='100%' height='100%' fill='#fff'/>" + "".join(parts) + "</svg>\n")


def text(x, y, what, kind="", anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(what)}</text>'


def rows_with_ratio(report):
    return [row for rows in report.values() if isinstance(rows, list) for row in rows
            if isinstance(row, dict) and "ratio" in row and "limit" in row]


def bars(report):
    """Each row's ratio as a share of what it may be: 1 is the aim, and to the left of it is better."""
    rows = rows_with_ratio(report)
    left, width, line = 290, 420, 22
    low, high = 1 / 16, 64
    def x(value):
        return left + width * math.log(min(max(value, low), high) / low) / math.log(high / low)
    height = 60 + line * len(rows)
    parts = [text(12, 24, "Ratio, as a share of what is aimed for", "t"), text(left, 42, "better", "s"),
             text(left + width, 42, "worse", "s", "end")]
    parts.append(f'<line x1="{x(1):.1f}" y1="30" x2="{x(1):.1f}" y2="{height - 6}" class="a"/>')
    for i, row in enumerate(rows):
        share, y = row["ratio"] / row["limit"], 50 + line * i
        start, end = sorted((x(1), x(share)))
        colour = "#3a8f5c" if share <= 1 else "#c2573a"
        parts.append(text(left - 8, y + 13, row["row"], anchor="end"))
        parts.append(f'<rect x="{start:.1f}" y="{y + 2}" width="{max(end - start, 1):.1f}" height="{line - 7}" fill="{colour}"/>')
        parts.append(text(left + width + 8, y + 13, f"{row['ratio']:.2f} of {row['limit']:.2f}", "s"))
    return svg(left + width + 110, height, parts)


SERIES = [("compose_ms", "compose", "#4472b8"), ("plan_ms", "plan", "#8a5fb0"), ("adapters_ms", "adapters", "#c28f2c"),
          ("validate_ms", "validate", "#3a8f5c"), ("compile_ms", "compile", "#c2573a"), ("memory_mib", "memory, MiB", "#777")]


def growth(report):
    kinds = list(dict.fromkeys(row["kind"] for row in report["rows"]))
    panel, height = 440, 380
    parts = [text(12, 24, "Cost of a composition by the number of its components", "t"),
             text(12, 42, "processor time in ms, and memory in MiB; the dotted line is one that grows as they do", "s")]
    values = [row[key] for row in report["rows"] for key, _, _ in SERIES if row[key] > 0]
    low, high = 10 ** math.floor(math.log10(max(min(values), 0.01))), 10 ** math.ceil(math.log10(max(values)))
    def y(value):
        return height - 40 - (height - 110) * math.log(max(value, low) / low) / math.log(high / low)
    for i, kind in enumerate(kinds):
        left = 60 + panel * i
        def x(count):
            return left + (panel - 150) * math.log10(count) / 3
        parts.append(text(left, 64, kind))
        mark = low
        while mark <= high:
            parts.append(f'<line x1="{left}" y1="{y(mark):.1f}" x2="{x(1000):.1f}" y2="{y(mark):.1f}" class="g"/>')
            parts.append(text(left - 6, y(mark) + 4, f"{mark:g}", "s", "end"))
            mark *= 10
        for count in (1, 10, 100, 1000):
            parts.append(text(x(count), height - 20, str(count), "s", "middle"))
        parts.append(f'<line x1="{x(1):.1f}" y1="{y(low * 10):.1f}" x2="{x(1000):.1f}" y2="{y(low * 10000):.1f}" class="a"/>')
        rows = [row for row in report["rows"] if row["kind"] == kind]
        ends = []
        for key, name, colour in SERIES:
            points = [(x(row["components"]), y(row[key])) for row in rows]
            path = " ".join(f"{px:.1f},{py:.1f}" for px, py in points)
            parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
            ends.append((points[-1][1], points[-1][0], name, colour))
        at = -100.0
        for py, px, name, colour in sorted(ends):  # labels must not lie on one another
            at = max(at + 15, py + 4)
            parts.append(f'<text x="{px + 8:.1f}" y="{at:.1f}" style="fill:{colour}">{escape(name)}</text>')
    return svg(60 + panel * len(kinds), height, parts)


def time_cell(ns):
    return "" if ns is None else f"{ns:.2f} ns" if ns < 1e4 else f"{ns / 1e3:.1f} µs"


def table(report):
    lines = ["| call | witc | reference | wasmtime | ratio | aim |", "| --- | ---: | ---: | ---: | ---: | --- |"]
    for row in report["rows"]:
        theirs = [row[key] for key in ("wasmtime_ns", "wasmtime_concurrency_ns") if key in row]
        is_met = "" if "met" not in row else ", met" if row["met"] else ", **not met**"
        ratio = f"{row['ratio']:.2f}" if "ratio" in row else ""
        lines.append(f"| {row['row']} | {time_cell(row['ours_ns'])} | {time_cell(row.get('reference_ns'))} | "
                     f"{time_cell(min(theirs, default=None))} | {ratio} | {row['aim']}{is_met} |")
    return "\n".join(lines) + "\n"


def main():
    kinds = {"bars": bars, "growth": growth, "table": table}
    if len(sys.argv) < 3 or sys.argv[1] not in kinds:
        sys.exit(__doc__)
    with open(sys.argv[2]) as file:
        made = kinds[sys.argv[1]](json.load(file))
    if len(sys.argv) == 3:
        sys.stdout.write(made)
        return
    with open(sys.argv[3], "w") as file:
        file.write(made)
    print("written to", sys.argv[3])


main()
