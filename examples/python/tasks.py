# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Lists of tasks in Markdown (`- [ ] title (due 2026-12-01)`): `parse` reads one, the command summarises those in a folder.
CPython's own modules do the work: files, regular expressions, dates, JSON."""

import json
import os
import re
import sys
from datetime import date
from pathlib import Path

import wit_world
from componentize_py_types import Err
from wit_world import Task, exports

LINE = re.compile(r"- \[(?P<mark>[ x])\] (?P<title>.*?)(?: \(due (?P<due>\d{4}-\d{2}-\d{2})\))?")


def parse(text: str) -> list[Task]:
    tasks = []
    for row in text.splitlines():
        if not row.startswith("- "):
            continue
        if not (found := LINE.fullmatch(row)):
            raise Err(f"not a task: {row}")
        tasks.append(Task(found["title"], found["mark"] == "x", found["due"]))
    return tasks


class WitWorld(wit_world.WitWorld):
    def parse(self, text: str) -> list[Task]:
        return parse(text)


class Run(exports.Run):
    def run(self) -> None:
        lists = {}
        for path in sorted(Path(sys.argv[1]).rglob("*.md")):
            tasks = parse(path.read_text(encoding="utf-8"))
            waiting = [task for task in tasks if not task.done]
            due = sorted(date.fromisoformat(task.due) for task in waiting if task.due)
            lists[str(path)] = {
                "open": [task.title for task in waiting],
                "done": len(tasks) - len(waiting),
                "next": due[0].strftime("%d %B %Y") if due else None,
            }
        print(json.dumps({"arguments": sys.argv[1:], "user": os.environ.get("USER"), "lists": lists}, indent=1))
        if len(sys.argv) > 2:
            Path(sys.argv[2]).write_text("\n".join(lists))
            print("wrote", Path(sys.argv[2]).stat().st_size, "bytes")
        try:
            os.listdir("/elsewhere")
        except OSError as error:
            print(type(error).__name__)
