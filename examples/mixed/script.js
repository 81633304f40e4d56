// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `rendering` in JavaScript, on the library in C++.
import { summarize, WordCounter } from "example:text/stats@1.0.0";

function fields(text) {
  const summary = summarize(text);
  const counter = new WordCounter({ foldCase: true, stripPunctuation: true });
  counter.add(text);
  return {
    words: counter.count({ tag: "any" }),
    characters: Number(summary.characters),
    longest: summary.longest ? `${summary.longest.word} (${summary.longest.line}:${summary.longest.column})` : "nothing",
    common: counter.top(2, "by-count").map(({ word, count }) => `${word} x${count}`).join(", "),
  };
}

export const rendering = {
  render(template, text) {
    if (text === "") throw { tag: "empty-text" };
    const known = fields(text);
    return template.replace(/\{(\w+)\}/g, (_, name) => {
      if (!(name in known)) throw { tag: "unknown-field", val: name };
      return known[name];
    });
  },
};
