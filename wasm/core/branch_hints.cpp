// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/core/branch_hints.h"

#include <algorithm>

#include "wasm/binary_reader.h"
#include "wasm/binary_writer.h"
#include "wasm/core/operators.h"
#include "wasm/core/type_binary.h"

namespace witc::wasm {
namespace {

bool has_body(const Module& module, FuncIndex func) {
  return module.funcs.contains(func) && !module.funcs[func].import;
}

Result<std::vector<BranchHint>> read_function(BinaryReader& reader, const Func& func) {
  std::vector<BranchHint> hints;
  const std::uint32_t before = locals_size(func);
  std::uint32_t count = TRY(reader.u32());
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t at = reader.offset();
    std::uint32_t offset = TRY(reader.u32());
    if (offset < before || offset - before >= func.body.bytes.size()) {
      return reader.malformed(at, "branch hint outside of its function");
    }
    if (!hints.empty() && offset - before <= hints.back().position) {
      return reader.malformed(at, "branch hints are out of order");
    }
    if (TRY(reader.u32()) != 1) return reader.malformed(at, "branch hint that is not one byte");
    std::uint8_t value = TRY(reader.u8());
    if (value > 1) return reader.malformed(at, "invalid value for branch hint");
    hints.push_back({offset - before, value == 1});
  }
  return hints;
}

}  // namespace

std::uint32_t locals_size(const Func& func) {
  BinaryWriter out;
  out.vec(func.locals, [](BinaryWriter& to, const LocalGroup& group) {
    to.u32(group.count);
    write_val_type(to, group.type);
  });
  return static_cast<std::uint32_t>(out.size());
}

std::vector<std::uint8_t> encode_branch_hints(const Module& module, const BranchHints& hints) {
  BinaryWriter functions;
  std::uint32_t count = 0;
  for (const auto& [func, list] : hints) {
    if (!has_body(module, func) || list.empty()) continue;
    ++count;
    const std::uint32_t before = locals_size(module.funcs[func]);
    functions.u32(func.value).vec(list, [&](BinaryWriter& to, const BranchHint& hint) {
      to.u32(before + hint.position).u32(1).u8(hint.likely ? 1 : 0);
    });
  }
  BinaryWriter out;
  out.u32(count).bytes(functions.view());
  return out.take();
}

Result<BranchHints> decode_branch_hints(const Module& module) {
  BranchHints hints;
  auto section = std::ranges::find(module.customs, kBranchHintSection, &CustomSection::name);
  if (section == module.customs.end()) return hints;
  BinaryReader reader(module.source, section->bytes, section->offset);
  std::uint32_t count = TRY(reader.u32());
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t at = reader.offset();
    FuncIndex func(TRY(reader.u32()));
    if (!has_body(module, func)) return reader.malformed(at, "branch hints of a function that has no body");
    if (!hints.empty() && func <= hints.rbegin()->first) return reader.malformed(at, "branch hints are out of order");
    hints[func] = TRY(read_function(reader, module.funcs[func]));
  }
  TRY(reader.expect_end("unexpected data after the branch hints"));
  return hints;
}

Result<void> validate_branch_hints(const Module& module) {
  BranchHints hints = TRY(decode_branch_hints(module));
  for (const auto& [func, list] : hints) {
    auto next = list.begin();
    OperatorReader reader(module.source, module.funcs[func].body);
    while (!reader.at_end() && next != list.end()) {
      const Operator& op = *TRY(reader.next());
      if (op.position < next->position) continue;
      const bool fits = op.position == next->position && (op.op == Op::kIf || op.op == Op::kBrIf);
      if (!fits) {
        return error(DiagCode::kWasmInvalid, module.code_span(op.offset),
                     "@metadata.code.branch_hint annotation: invalid target");
      }
      ++next;
    }
    if (next != list.end()) {
      return error(DiagCode::kWasmInvalid, module.code_span(module.funcs[func].body.offset + next->position),
                   "@metadata.code.branch_hint annotation: invalid target");
    }
  }
  return {};
}

}  // namespace witc::wasm
