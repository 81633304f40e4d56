// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Names of canonical built-ins taken apart (linker/new/builtins.h).
#include "linker/new/builtins.h"

#include <algorithm>
#include <charconv>

#include "linker/new/live_types.h"
#include "wasm/component/keywords.h"

namespace witc::linker {
namespace {

using component::CanonImmediates;
using component::CanonOp;

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t value = 0;
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string hyphenated(const component::CanonInfo& info) {
  std::string name(info.name);
  std::ranges::replace(name, '.', '-');
  return name;
}

/// `stream-read-0` → the row of `stream.read`, and what follows its name (`0`). The longest name wins:
/// `thread.suspend-then-resume` is not `thread.suspend`.
const component::CanonInfo* find_by_import_name(std::string_view text, std::string_view& rest) {
  const component::CanonInfo* found = nullptr;
  std::size_t longest = 0;
  for (unsigned opcode = 0; opcode < 0x100; ++opcode) {
    const component::CanonInfo* info = component::find_canon(static_cast<std::uint8_t>(opcode));
    if (info == nullptr || info->immediates == CanonImmediates::kResource ||
        info->feature == component::CanonFeature::kSharedThreads) {
      continue;
    }
    std::string name = hyphenated(*info);
    bool whole = text == name;
    if (!(whole || (text.starts_with(name) && text[name.size()] == '-')) || name.size() <= longest) continue;
    found = info;
    longest = name.size();
    rest = whole ? std::string_view() : text.substr(name.size() + 1);
  }
  return found;
}

bool parse_context(BuiltinName& out, std::string_view rest) {
  out.is_64 = take_prefix(rest, "i64-");
  if (!out.is_64) take_prefix(rest, "i32-");
  std::optional<std::uint32_t> slot = number(rest);
  out.slot = slot.value_or(0);
  return slot.has_value();
}

bool parse_encoding(BuiltinName& out, std::string_view rest) {
  using component::StringEncoding;
  for (auto encoding : {StringEncoding::kUtf8, StringEncoding::kUtf16, StringEncoding::kLatin1Utf16}) {
    if (rest == component::keyword(encoding)) out.encoding = encoding;
  }
  return out.encoding.has_value();
}

/// What stands between the name and the closing bracket.
bool parse_suffix(BuiltinName& out, std::string_view rest) {
  if (is_channel(out.info->op)) {
    if (rest == "unit") return true;
    out.index = number(rest);
    return out.index.has_value();
  }
  switch (out.info->op) {
    case CanonOp::kContextGet:
    case CanonOp::kContextSet: return parse_context(out, rest);
    case CanonOp::kErrorContextNew:
    case CanonOp::kErrorContextDebugMessage: return parse_encoding(out, rest);
    case CanonOp::kWaitableSetWait:
    case CanonOp::kWaitableSetPoll:
      out.is_64 = rest == "i64";
      return rest.empty() || rest == "i32" || rest == "i64";
    case CanonOp::kThreadNewIndirect: return rest == "v0";
    default: return rest.empty();
  }
}

bool takes_async(const component::CanonInfo& info) {
  return info.immediates == CanonImmediates::kAsync || info.immediates == CanonImmediates::kTypeAsync ||
         info.immediates == CanonImmediates::kTypeOpts;
}
bool takes_cancellable(const component::CanonInfo& info) {
  return info.immediates == CanonImmediates::kCancel || info.immediates == CanonImmediates::kCancelMemory;
}

}  // namespace

std::string builtin_import_name(const component::CanonInfo& info, std::size_t index, const std::string& function) {
  return "[" + hyphenated(info) + "-" + std::to_string(index) + "]" + function;
}

bool is_channel(CanonOp op) { return op >= CanonOp::kStreamNew && op <= CanonOp::kFutureDropWritable; }
bool is_exported_only(CanonOp op) { return op == CanonOp::kTaskReturn || op == CanonOp::kTaskCancel; }

std::optional<BuiltinName> parse_builtin_name(std::string_view name) {
  BuiltinName out;
  out.is_async = take_prefix(name, kAsyncLowerPrefix);
  out.is_cancellable = take_prefix(name, "[cancellable]");
  std::size_t close = name.find(']');
  if (!name.starts_with('[') || close == std::string_view::npos) return std::nullopt;
  std::string_view rest;
  out.info = find_by_import_name(name.substr(1, close - 1), rest);
  if (out.info == nullptr || !parse_suffix(out, rest)) return std::nullopt;
  if (out.is_async && !takes_async(*out.info)) return std::nullopt;
  if (out.is_cancellable && !takes_cancellable(*out.info)) return std::nullopt;
  out.function = name.substr(close + 1);
  bool of_function = is_channel(out.info->op) || out.info->op == CanonOp::kTaskReturn;
  if (!of_function && !out.function.empty()) return std::nullopt;
  return out;
}

std::vector<wit::TypeId> futures_and_streams(const wit::Resolve& resolve, const wit::Function& function) {
  // A type is counted each time it is met, as bindings generators do; LiveTypes of one parameter at a time would
  // count it once. So this is a walk of its own, bounded by what a signature can hold.
  constexpr std::size_t kMaxSteps = 1'000'000;
  std::vector<wit::TypeId> out;
  std::vector<std::pair<wit::TypeId, bool>> stack;  // a type, and whether what it is made of is done
  std::size_t steps = 0;
  auto walk = [&](const wit::Type& type) {
    if (const auto* id = std::get_if<wit::TypeId>(&type)) stack.emplace_back(*id, false);
    while (!stack.empty() && ++steps < kMaxSteps) {
      auto [id, done] = stack.back();
      stack.pop_back();
      const wit::TypeDefKind& kind = resolve.types[id].kind;
      bool channel = std::holds_alternative<wit::Future>(kind) || std::holds_alternative<wit::Stream>(kind);
      if (done) {
        out.push_back(id);
        continue;
      }
      if (channel) stack.emplace_back(id, true);
      std::vector<wit::TypeId> parts = parts_of(resolve.types[id]);
      for (auto it = parts.rbegin(); it != parts.rend(); ++it) stack.emplace_back(*it, false);
    }
    stack.clear();
  };
  for (const wit::Param& param : function.params) walk(param.type);
  if (function.result) walk(*function.result);
  return out;
}

wasm::FuncType builtin_signature(const BuiltinName& name) {
  const wasm::ValType i32 = wasm::ValType::i32(), i64 = wasm::ValType::i64();
  const wasm::ValType word = name.is_64 ? i64 : i32;
  switch (name.info->op) {
    case CanonOp::kTaskCancel:
    case CanonOp::kBackpressureInc:
    case CanonOp::kBackpressureDec: return {{}, {}};
    case CanonOp::kContextGet: return {{}, {word}};
    case CanonOp::kContextSet: return {{word}, {}};
    case CanonOp::kWaitableSetWait:
    case CanonOp::kWaitableSetPoll: return {{i32, word}, {i32}};
    case CanonOp::kWaitableSetNew:
    case CanonOp::kThreadIndex:
    case CanonOp::kThreadYield:
    case CanonOp::kThreadSuspend: return {{}, {i32}};
    case CanonOp::kWaitableSetDrop:
    case CanonOp::kSubtaskDrop:
    case CanonOp::kErrorContextDrop:
    case CanonOp::kThreadResumeLater:
    case CanonOp::kStreamDropReadable:
    case CanonOp::kStreamDropWritable:
    case CanonOp::kFutureDropReadable:
    case CanonOp::kFutureDropWritable: return {{i32}, {}};
    case CanonOp::kWaitableJoin:
    case CanonOp::kErrorContextDebugMessage: return {{i32, i32}, {}};
    case CanonOp::kStreamNew:
    case CanonOp::kFutureNew: return {{}, {i64}};
    case CanonOp::kStreamRead:
    case CanonOp::kStreamWrite: return {{i32, i32, i32}, {i32}};
    case CanonOp::kFutureRead:
    case CanonOp::kFutureWrite:
    case CanonOp::kErrorContextNew:
    case CanonOp::kThreadNewIndirect: return {{i32, i32}, {i32}};
    default: return {{i32}, {i32}};  // cancel built-ins, and threads that go on as another
  }
}

}  // namespace witc::linker
