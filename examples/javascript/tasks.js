// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Lists of tasks in Markdown (`- [ ] title (due 2026-12-01)`): `parse` reads one, the command summarises those in the folders
// it is given. The same source runs on StarlingMonkey and on QuickJS.
import { getArguments, getEnvironment } from "wasi:cli/environment@0.2.12";
import { getStdout } from "wasi:cli/stdout@0.2.12";
import { getDirectories } from "wasi:filesystem/preopens@0.2.12";

const line = /^- \[(?<mark>[ x])\] (?<title>.*?)(?: \(due (?<due>\d{4}-\d{2}-\d{2})\))?$/u;

export function parse(text) {
  return text.split("\n").filter((row) => row.startsWith("- ")).map((row) => {
    const found = row.match(line);
    if (!found) throw `not a task: ${row}`;
    return { title: found.groups.title, done: found.groups.mark === "x", due: found.groups.due };
  });
}

// Numbers of 64 bits are BigInt on StarlingMonkey and numbers on QuickJS, which has no TextEncoder and TextDecoder.
const u64 = globalThis.wit ? Number : BigInt;
const encode = (text) => Uint8Array.from(unescape(encodeURIComponent(text)), (c) => c.charCodeAt(0));
const decode = (bytes) => decodeURIComponent(escape(Array.from(bytes, (b) => String.fromCharCode(b)).join("")));

function write(text) {
  const out = getStdout();
  const bytes = encode(text);
  for (let at = 0; at < bytes.length; at += 4096) out.blockingWriteAndFlush(bytes.slice(at, at + 4096));
}

function* files(folder) {
  const entries = folder.readDirectory();
  const names = [];
  for (let entry = entries.readDirectoryEntry(); entry; entry = entries.readDirectoryEntry()) names.push(entry.name);
  for (const name of names.sort()) {
    const file = folder.openAt({ symlinkFollow: true }, name, {}, { read: true });
    const [bytes] = file.read(u64(65536), u64(0));
    yield [name, decode(bytes)];
  }
}

export const run = {
  run() {
    const lists = {};
    for (const [folder, path] of getDirectories())
      for (const [name, text] of files(folder)) {
        const tasks = parse(text);
        lists[`${path}/${name}`] = {
          open: tasks.filter((task) => !task.done).map((task) => task.title),
          done: tasks.filter((task) => task.done).length,
          next: tasks.filter((task) => !task.done && task.due).map((task) => task.due).sort()[0] ?? null,
        };
      }
    write(JSON.stringify({ arguments: getArguments().slice(1), user: Object.fromEntries(getEnvironment()).USER, lists }, null, 1));
    write("\n");
  },
};
