// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/core/disassemble.h"

#include <fmt/format.h>

#include <algorithm>

#include "wasm/core/print_code.h"

namespace witc::wasm {
namespace {

constexpr std::size_t kBytesShown = 9;  // of a long instruction the first; the rest is told by the next offset

std::string bytes_text(std::span<const std::uint8_t> bytes) {
  std::string out;
  for (std::uint8_t byte : bytes.first(std::min(bytes.size(), kBytesShown))) out += fmt::format("{:02x} ", byte);
  if (bytes.size() > kBytesShown) out += "..";
  return out;
}

}  // namespace

Result<std::string> disassemble(const Module& module) {
  std::string out;
  Identifiers ids(module);
  for (FuncIndex index : module.funcs.ids()) {
    const Func& func = module.funcs[index];
    if (func.import) continue;
    const Code& body = func.body;
    const std::string name = ids.funcs.has(index.value) ? " " + ids.funcs.ref(index.value) : "";
    out += fmt::format("func {}{} at {:#x}, {} bytes\n", index.value, name, body.offset, body.bytes.size());
    CodePrinter printer(module, ids, index);
    TRY(printer.each(body, [&](const Operator& op, std::size_t size, std::size_t depth, const std::string& text) {
      out += fmt::format("  {:#8x} | {:30}| {:{}}{}\n", op.offset, bytes_text(body.bytes.subspan(op.position, size)), "",
                         2 * std::min<std::size_t>(depth, 25), text);
    }));
  }
  return out;
}

}  // namespace witc::wasm
