// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/core/print_code.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>

namespace witc::wasm {
namespace {

constexpr unsigned kMaxIndent = 50;
constexpr unsigned kFreeIndent = 10;

/// All digits, without an exponent: the shortest that read back as the same number.
template <class Float>
std::string decimal(Float value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  std::array<char, 64> buffer;
  auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific).ptr;
  std::string_view text(buffer.data(), end);
  std::string out = text.front() == '-' ? "-" : "";
  if (text.front() == '-') text.remove_prefix(1);
  std::size_t e = text.find('e');
  int exponent = 0;
  std::from_chars(text.data() + e + (text[e + 1] == '+' ? 2 : 1), text.data() + text.size(), exponent);
  std::string digits(1, text[0]);
  if (e > 2) digits += text.substr(2, e - 2);
  auto count = static_cast<int>(digits.size());
  if (exponent < 0) return out + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  if (exponent + 1 >= count) return out + digits + std::string(static_cast<std::size_t>(exponent + 1 - count), '0');
  auto point = static_cast<std::size_t>(exponent + 1);
  return out + digits.substr(0, point) + "." + digits.substr(point);
}

}  // namespace

void new_line(std::string& out, unsigned indent, bool offsets, std::optional<std::uint32_t> offset) {
  out += '\n';
  if (offsets) out += offset ? fmt::format("(;@{:<6x};)", *offset) : std::string(11, ' ');
  out.append(std::size_t{2} * std::min(indent, kMaxIndent), ' ');
}

Result<void> CodePrinter::each(const Code& code, const Visitor& visit) {
  OperatorReader reader(module_.source, code);
  while (!reader.at_end()) {
    const Operator& op = *TRY(reader.next());
    const std::size_t size = reader.reader().position() - op.position;
    const bool closes = op.op == Op::kEnd || op.op == Op::kDelegate;
    const bool divides = op.op == Op::kElse || op.op == Op::kCatch || op.op == Op::kCatchAll;
    if ((closes || divides) && open_.empty()) {
      visit(op, size, 0, text(op));
      if (op.op == Op::kEnd && reader.at_end()) return {};
      return reader.reader().malformed(op.offset, "operators remaining after end of function");
    }
    const std::size_t depth = open_.size() - (closes || divides ? 1 : 0);
    if (op.op == Op::kDelegate) open_.pop_back();  // its label counts from outside the block
    visit(op, size, depth, text(op));
    if (op.op == Op::kEnd) open_.pop_back();
  }
  return reader.reader().malformed("END opcode expected");
}

/// The level itself, or the deepest that is free where indentation is used up.
unsigned CodePrinter::affordable(unsigned level) {
  if (level <= kFreeIndent || indentation_ == nullptr) return level;
  const std::size_t extra = std::size_t{2} * (std::min(level, kMaxIndent) - kFreeIndent);
  if (extra > *indentation_) return kFreeIndent;
  *indentation_ -= extra;
  return level;
}

Result<void> CodePrinter::body(const Code& code, unsigned indent, std::string& out) {
  return each(code, [&](const Operator& op, std::size_t /*size*/, std::size_t depth, const std::string& text) {
    if (op.op == Op::kEnd && open_.empty()) return;  // that of the body
    const unsigned level = affordable(indent + static_cast<unsigned>(depth));
    if (const std::uint8_t hint = take_hint(op); hint != 0) {
      new_line(out, level, offsets_, op.offset);
      out += fmt::format("(@metadata.code.branch_hint \"\\0{}\")", hint - 1);
    }
    new_line(out, level, offsets_, op.offset);
    out += text;
    if (std::string note = note_ ? note_(op) : ""; !note.empty()) {
      new_line(out, level, offsets_);
      out += ";; " + note;
    }
  });
}

/// The operator's branch hint: 1 for unlikely, 2 for likely, 0 for none.
std::uint8_t CodePrinter::take_hint(const Operator& op) {
  if (hints_.empty() || hints_.front().position != op.position) return 0;
  const std::uint8_t hint = hints_.front().likely ? 2 : 1;
  hints_ = hints_.subspan(1);
  return hint;
}

Result<std::string> CodePrinter::inline_expr(const ConstExpr& expr, std::size_t& count) {
  std::string out;
  count = 0;
  OperatorReader reader(module_.source, expr.code);
  while (!reader.at_end()) {
    const Operator& op = *TRY(reader.next());
    if (op.op == Op::kEnd && open_.empty()) break;
    if (count++ > 0) out += ' ';
    out += text(op);
    if (op.op == Op::kEnd) open_.pop_back();
  }
  return out;
}

std::string CodePrinter::text(const Operator& op) {
  std::string_view mnemonic = info(op.op).text;
  switch (info(op.op).immediates) {
    case ImmediateKind::kNone:
      return std::string(mnemonic);
    case ImmediateKind::kBlock:
    case ImmediateKind::kTryTable:
      return open_block(op);
    default:
      return fmt::format("{}{}", mnemonic, immediates(op));
  }
}

std::string CodePrinter::label(std::uint32_t depth) const {
  if (depth >= open_.size()) return fmt::format(" {}", depth);
  std::size_t position = open_.size() - 1 - depth;
  const std::string& identifier = open_[position].identifier;
  // A branch far out gets its number: looking for shadowing names must not take time with the depth squared.
  bool shadowed =
      depth > kMaxIndent || std::any_of(open_.begin() + static_cast<std::ptrdiff_t>(position) + 1, open_.end(),
                                        [&](const Label& inner) { return inner.identifier == identifier; });
  if (!identifier.empty() && !shadowed) return " " + identifier;
  if (!identifier.empty()) return fmt::format(" {}", depth);
  return fmt::format(" {} (;@{};)", depth, position + 1);
}

std::string CodePrinter::block_type(const BlockType& type) const {
  switch (type.kind) {
    case BlockType::kEmpty:
      return {};
    case BlockType::kValue:
      return fmt::format(" (result {})", ids_.val_type(type.value));
    case BlockType::kFunc: {
      std::string out = fmt::format(" (type {})", ids_.types.ref(type.type.value));
      if (!module_.types.contains(type.type)) return out;
      const auto* func = std::get_if<FuncType>(&module_.types[type.type].type);
      return func == nullptr ? out : out + ids_.signature(*func);
    }
  }
  std::unreachable();
}

std::string CodePrinter::catches(const Operator& op) const {
  std::string out;
  for (const Catch& clause : op.catches) {
    constexpr std::string_view kWords[] = {"catch", "catch_ref", "catch_all", "catch_all_ref"};
    out += fmt::format(" ({}", kWords[clause.kind]);
    if (clause.kind <= Catch::kCatchRef) out += " " + ids_.tags.ref(clause.tag.value);
    out += label(clause.label) + ")";
  }
  return out;
}

std::string CodePrinter::open_block(const Operator& op) {
  std::string clauses = catches(op);  // their labels count from outside the block
  if (op.op != Op::kTryTable) clauses.clear();
  auto name = module_.names.labels.find({func_, blocks_++});
  std::string identifier = name == module_.names.labels.end() ? "" : to_identifier(name->second);
  open_.push_back({identifier});
  std::string out(info(op.op).text);
  if (!identifier.empty()) out += " " + identifier;
  out += block_type(op.block_type) + clauses;
  if (identifier.empty()) out += fmt::format(" ;; label = @{}", open_.size());
  return out;
}

std::string CodePrinter::optional(const IdentifierSpace& space, std::uint32_t index) const {
  return index == 0 ? "" : " " + space.ref(index);
}

std::string CodePrinter::two(const IdentifierSpace& first, const IdentifierSpace& second, const Operator& op) const {
  return fmt::format(" {} {}", first.ref(op.index), second.ref(op.index2));
}

std::string CodePrinter::field(const Operator& op) const {
  auto fields = ids_.fields.find(op.type());
  return fields == ids_.fields.end() ? std::to_string(op.index2) : fields->second.ref(op.index2);
}

std::string CodePrinter::handlers(const Operator& op) const {
  std::string out;
  for (const Handler& handler : op.handlers) {
    out += fmt::format(" (on {}{})", ids_.tags.ref(handler.tag.value), handler.is_switch ? " switch" : label(handler.label));
  }
  return out;
}

std::string CodePrinter::ordering(const Operator& op) {
  return op.ordering == Ordering::kSeqCst ? " seq_cst" : " acq_rel";
}

std::string CodePrinter::memarg(const Operator& op) const {
  std::string out = optional(ids_.memories, op.memarg.memory.value);
  if (op.memarg.offset != 0) out += fmt::format(" offset={}", op.memarg.offset);
  if (op.memarg.align != info(op.op).align) {
    out += op.memarg.align < 64 ? fmt::format(" align={}", std::uint64_t{1} << op.memarg.align) : " align=0";
  }
  return out;
}

std::string CodePrinter::immediates(const Operator& op) {
  switch (info(op.op).immediates) {
    case ImmediateKind::kNone:
    case ImmediateKind::kBlock:
    case ImmediateKind::kTryTable:
    case ImmediateKind::kZero:
      return {};
    case ImmediateKind::kTypeTag:
      return two(ids_.types, ids_.tags, op);
    case ImmediateKind::kResume:
      return fmt::format(" {}{}", ids_.types.ref(op.index), handlers(op));
    case ImmediateKind::kResumeThrow:
      return two(ids_.types, ids_.tags, op) + handlers(op);
    case ImmediateKind::kOrderedGlobal:
      return ordering(op) + " " + ids_.globals.ref(op.index);
    case ImmediateKind::kOrderedTable:
      return ordering(op) + " " + ids_.tables.ref(op.index);
    case ImmediateKind::kOrderedType:
      return ordering(op) + " " + ids_.types.ref(op.index);
    case ImmediateKind::kOrderedField:
      return fmt::format("{} {} {}", ordering(op), ids_.types.ref(op.index), field(op));
    case ImmediateKind::kLabel:
      return label(op.index);
    case ImmediateKind::kBrTable: {
      std::string out;
      for (std::uint32_t target : op.labels) out += label(target);
      return out + label(op.index);
    }
    case ImmediateKind::kFunc:
      return " " + ids_.funcs.ref(op.index);
    case ImmediateKind::kCallIndirect:
      return fmt::format("{} (type {})", optional(ids_.tables, op.index2), ids_.types.ref(op.index));
    case ImmediateKind::kType:
      return " " + ids_.types.ref(op.index);
    case ImmediateKind::kLocal:
      return " " + locals_.ref(op.index);
    case ImmediateKind::kGlobal:
      return " " + ids_.globals.ref(op.index);
    case ImmediateKind::kTable:
      return " " + ids_.tables.ref(op.index);
    case ImmediateKind::kTag:
      return " " + ids_.tags.ref(op.index);
    case ImmediateKind::kData:
      return " " + ids_.datas.ref(op.index);
    case ImmediateKind::kElem:
      return " " + ids_.elems.ref(op.index);
    case ImmediateKind::kMemory:
      return optional(ids_.memories, op.index);
    case ImmediateKind::kSelectTypes: {
      std::string out = " (result";
      for (const ValType& type : op.types) out += " " + ids_.val_type(type);
      return out + ")";
    }
    case ImmediateKind::kMemarg:
    case ImmediateKind::kAtomicMemarg:
      return memarg(op);
    case ImmediateKind::kMemargLane:
      return fmt::format("{} {}", memarg(op), op.lane);
    case ImmediateKind::kMemoryInit:
      return fmt::format("{} {}", optional(ids_.memories, op.index2), ids_.datas.ref(op.index));
    case ImmediateKind::kMemoryCopy:
      return op.index == 0 && op.index2 == 0 ? "" : two(ids_.memories, ids_.memories, op);
    case ImmediateKind::kTableInit:
      return fmt::format("{} {}", optional(ids_.tables, op.index2), ids_.elems.ref(op.index));
    case ImmediateKind::kTableCopy:
      return op.index == 0 && op.index2 == 0 ? "" : two(ids_.tables, ids_.tables, op);
    case ImmediateKind::kI32:
      return fmt::format(" {}", op.i32());
    case ImmediateKind::kI64:
      return fmt::format(" {}", op.i64());
    case ImmediateKind::kF32: {
      auto bits = static_cast<std::uint32_t>(op.bits);
      return fmt::format(" {} (;={};)", float_text(bits), decimal(std::bit_cast<float>(bits)));
    }
    case ImmediateKind::kF64:
      return fmt::format(" {} (;={};)", float_text(op.bits), decimal(std::bit_cast<double>(op.bits)));
    case ImmediateKind::kV128: {
      std::string out = " i32x4";
      for (std::size_t i = 0; i < 16; i += 4) {
        out += fmt::format(" 0x{:02x}{:02x}{:02x}{:02x}", op.vector[i + 3], op.vector[i + 2], op.vector[i + 1],
                           op.vector[i]);
      }
      return out;
    }
    case ImmediateKind::kShuffle: {
      std::string out;
      for (std::uint8_t lane : op.vector) out += fmt::format(" {}", lane);
      return out;
    }
    case ImmediateKind::kLane:
      return fmt::format(" {}", op.lane);
    case ImmediateKind::kHeapType:
      return " " + (op.op == Op::kRefNull ? ids_.heap_type(op.ref.heap) : ids_.ref_type(op.ref));
    case ImmediateKind::kTypeField:
      return fmt::format(" {} {}", ids_.types.ref(op.index), field(op));
    case ImmediateKind::kTypeCount:
      return fmt::format(" {} {}", ids_.types.ref(op.index), op.index2);
    case ImmediateKind::kTypeData:
      return two(ids_.types, ids_.datas, op);
    case ImmediateKind::kTypeElem:
      return two(ids_.types, ids_.elems, op);
    case ImmediateKind::kTypeType:
      return two(ids_.types, ids_.types, op);
    case ImmediateKind::kBrOnCast:
      return fmt::format("{} {} {}", label(op.index), ids_.ref_type(op.ref), ids_.ref_type(op.ref2));
  }
  std::unreachable();
}

}  // namespace witc::wasm
