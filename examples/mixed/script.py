# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`rendering` in Python, on the library in C++."""

import re

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.rendering import Problem_EmptyText, Problem_UnknownField
from wit_world.imports import stats


def fields(text: str) -> dict[str, object]:
    summary = stats.summarize(text)
    with stats.WordCounter(stats.Cleaning.FOLD_CASE | stats.Cleaning.STRIP_PUNCTUATION) as counter:
        counter.add(text)
        place = summary.longest
        return {
            "words": counter.count(stats.Pattern_Any()),
            "characters": summary.characters,
            "longest": f"{place.word} ({place.line}:{place.column})" if place else "nothing",
            "common": ", ".join(f"{f.word} x{f.count}" for f in counter.top(2, stats.Order.BY_COUNT)),
        }


class Rendering(exports.Rendering):
    def render(self, template: str, text: str) -> str:
        if not text:
            raise Err(Problem_EmptyText())
        known = fields(text)

        def value(match: re.Match[str]) -> str:
            if match[1] not in known:
                raise Err(Problem_UnknownField(match[1]))
            return str(known[match[1]])

        return re.sub(r"\{(\w+)\}", value, template)
