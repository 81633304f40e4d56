#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Charts of what the measurements wrote, as SVG, by Python's library alone.

usage: chart.py bars REPORT.json OUT.svg       a bar a row: what is aimed for is at most its line
       chart.py growth REPORT.json OUT.svg     time and memory by the number of components, both axes logarithmic
       chart.py docs FOLDER PAGE.md            the page's tables, from the reports in the folder: each stands between
                                               <!-- bench:NAME --> and <!-- end -->; those without a report stay
"""
import json, math, os, re, sys
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
          ("validate_ms", "validate", "#3a8f5c"), ("compile_ms", "compile", "#c2573a"), ("run_ms", "as it runs", "#333"),
          ("memory_mib", "memory, MiB", "#777")]


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
    return "" if ns is None else f"{ns:.2f} ns" if ns < 1e3 else f"{ns / 1e3:.2f} µs"


def verdict(ratio, limit):
    return f"{ratio:.2f}, met" if ratio <= limit else f"{ratio:.2f}, **not met**"


def markdown(titles, rows):
    lines = ["| " + " | ".join(titles) + " |", "| --- |" + " ---: |" * (len(titles) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def core_table(report):
    names = ["native", "tuned", "witc", "wasmtime"]
    rows = []
    for row in report["kernels"]:
        times = [row[name]["ms"] if name in row else None for name in names]
        cells = [f"{time:.2f}" if time else "" for time in times]
        rows.append([row["kernel"]] + cells + [f"{times[2] / time:.2f}" if time else "" for time in (times[0], times[1], times[3])])
    rows.append(["geometric mean", "", "", "", ""] + [f"{report['witc_over'][name]:.2f}" for name in ("native", "tuned", "wasmtime")])
    return markdown(["kernel", "native `-O2`", "`-O2 -march=native`", "witc", "wasmtime", "witc/native", "witc/tuned", "witc/wasmtime"], rows)


def calls_table(report):
    rows = []
    for row in report["rows"]:
        theirs = [row[key] for key in ("wasmtime_ns", "wasmtime_concurrency_ns") if key in row]
        result = verdict(row["ratio"], row["limit"]) if "ratio" in row else ""
        rows.append([row["row"], time_cell(row["ours_ns"]), time_cell(row.get("reference_ns")),
                     time_cell(min(theirs, default=None)), row["aim"].replace("<=", "≤"), result])
    return markdown(["call", "witc", "reference", "wasmtime", "aim", "ratio"], rows)


def instances_table(report):
    rows = []
    for row in report.get("making", []):
        rows.append([f"made, called and dropped: {row['row']}", time_cell(row["witc_ns"]),
                     time_cell(row.get("pooling_ns")), verdict(row["ratio"], row["limit"]) if "ratio" in row else ""])
    met = lambda part: "met" if part["met"] else "**not met**"
    mib = lambda part, key: f"{part[key] / 2**20:.0f} MiB"
    if part := report.get("living"):
        rows.append([f"{part['count']:,} live instances of three composed: resident", mib(part, "resident"), "",
                     f"at most 2 GiB, {part['wanted']:,} of them: {met(part)}"])
    if part := report.get("churning"):
        rows.append([f"{part['count']:,} made, called and dropped: resident at the end", mib(part, "after"), "",
                     f"{mib(part, 'before')} at the start: {met(part)}"])
    return markdown(["what", "witc", "wasmtime, pooling", "ratio, aim"], rows)


def start_table(report):
    rows = []
    for row in report["rows"]:
        def cell(key):
            return f"{row[key]['wall_ms']:.0f} / {row[key]['cpu_ms']:.0f}" if key in row else ""
        rows.append([row["row"], f"{row['kB']:.0f} kB", cell("cold"), cell("wasmtime_cold"),
                     verdict(row["ratio"], row["limit"]) if "ratio" in row else "", cell("warm"), cell("compiled"),
                     cell("wasmtime_precompiled"), verdict(row["warm_ratio"], 1) if "warm_ratio" in row else "",
                     verdict(row["compiled_ratio"], 1) if "compiled_ratio" in row else ""])
    return markdown(["program", "size", "cold", "wasmtime", "ratio", "warm", "`witc compile`d", "wasmtime, precompiled",
                     "ratio, warm", "ratio, compiled"], rows)


def growth_table(report):
    keys = ["compose_ms", "validate_ms", "plan_ms", "adapters_ms", "compile_ms", "memory_mib", "each_ms", "run_ms",
            "wasmtime_compile_ms"]
    rows = [[f"{row['components']:,}, {row['kind']}"] + [f"{row[key]:.1f}" if key in row else "" for key in keys]
            for row in report["rows"]]
    made = markdown(["components", "compose", "validate", "plan", "adapters", "compile", "MiB", "ms each", "as it runs",
                     "wasmtime compiles"], rows)
    rows = [[f"{row['instances']:,}", f"{row['make_ms']:.1f}", f"{row['make_ms'] * 1e3 / row['instances']:.0f}",
             f"{row['call_ms']:.1f}", f"{row['memory_mib']:.1f}"] for row in report.get("open", [])]
    titles = ["instances in a store that grows", "making, ms", "µs each", "first call, ms", "MiB"]
    return made + ("\n" + markdown(titles, rows) if rows else "")


TABLES = {"core": core_table, "calls": calls_table, "instances": instances_table, "start": start_table, "growth": growth_table}


def docs(folder, page):
    with open(page) as file:
        text = file.read()
    for name, make in TABLES.items():
        path = os.path.join(folder, name + ".json")
        if not os.path.exists(path):
            continue
        with open(path) as file:
            made = make(json.load(file))
        text = re.sub(rf"(<!-- bench:{name} -->\n).*?(<!-- end -->)", lambda found: found[1] + made + found[2], text, flags=re.S)
    with open(page, "w") as file:
        file.write(text)
    print("written to", page)


def main():
    charts = {"bars": bars, "growth": growth}
    if len(sys.argv) != 4 or sys.argv[1] not in [*charts, "docs"]:
        sys.exit(__doc__)
    if sys.argv[1] == "docs":
        docs(sys.argv[2], sys.argv[3])
        return
    with open(sys.argv[2]) as file:
        made = charts[sys.argv[1]](json.load(file))
    with open(sys.argv[3], "w") as file:
        file.write(made)
    print("written to", sys.argv[3])


main()
