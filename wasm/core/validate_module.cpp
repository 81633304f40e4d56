// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Everything of a module but its types and bodies (core specification, "Validation > Modules").
#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <thread>
#include <unordered_set>

#include "wasm/core/declarations.h"
#include "wasm/core/limits.h"
#include "wasm/core/type_text.h"
#include "wasm/core/validate.h"

namespace witc::wasm {

Result<ModuleContext> DeclarationValidator::run() {
  TRY(types());
  TRY(imports());
  TRY(functions());
  TRY(tables());
  TRY(memories());
  TRY(tags());
  TRY(globals());
  TRY(table_initialisers());
  TRY(elements());
  TRY(data());
  TRY(exports());
  TRY(start());
  return std::move(context_);
}

// -- items --------------------------------------------------------------------------------------

Result<void> DeclarationValidator::imports() {
  for (const Import& import : module_.imports) {
    const auto* global = std::get_if<GlobalType>(&import.type);
    if (global != nullptr && global->is_mutable) TRY(need(Feature::kMutableGlobal, import.offset));
    const bool is_group = import.form != Import::kSingle;
    if (is_group && !has(Feature::kCompactImports)) return malformed(import.offset, "malformed import kind", Feature::kCompactImports);
    if (import.is_exact && !has(Feature::kCustomDescriptors)) {
      return malformed(import.offset, "malformed import kind", Feature::kCustomDescriptors);
    }
  }
  return {};
}

Result<void> DeclarationValidator::functions() {
  for (const Func& func : module_.funcs) {
    TRY(func_type_index(func.type, func.offset));
    for (const LocalGroup& group : func.locals) TRY(val_type(group.type, all_types(), func.offset));
  }
  return {};
}

Result<void> DeclarationValidator::tables() {
  if (module_.tables.size() > 1) TRY(need(Feature::kReferenceTypes, module_.tables.back().offset));
  for (const Table& table : module_.tables) {
    TRY(table_type(table.type, table.offset));
    if (!table.type.element.nullable && !table.import && !table.init) {
      return invalid(table.offset, "type mismatch: a table of non-null references needs an initial value");
    }
  }
  return {};
}

Result<void> DeclarationValidator::memories() {
  if (module_.memories.size() > 1 && !has(Feature::kMultiMemory)) {
    return invalid(module_.memories.back().offset, "multiple memories: `multi-memory` support is not enabled");
  }
  for (const Memory& memory : module_.memories) TRY(memory_type(memory.type, memory.offset));
  return {};
}

Result<void> DeclarationValidator::tags() {
  for (const Tag& tag : module_.tags) TRY(tag_type(tag.type, tag.offset));
  return {};
}

Result<void> DeclarationValidator::globals() {
  for (GlobalIndex index : module_.globals.ids()) {
    const Global& global = module_.globals[index];
    TRY(val_type(global.type.type, all_types(), global.offset));
    TRY(need_shared(global.type.is_shared, global.offset, "malformed mutability"));
    if (global.type.is_shared && !context_.types().is_shared(global.type.type)) {
      return invalid(global.offset, "shared globals must have a shared value type");
    }
    if (global.init) TRY(const_expr(*global.init, global.type.type, index.value));
  }
  return {};
}

Result<void> DeclarationValidator::table_initialisers() {
  std::size_t imported = 0;
  while (imported < module_.globals.size() && module_.globals[GlobalIndex(imported)].import) ++imported;
  for (const Table& table : module_.tables) {
    if (table.init) TRY(const_expr(*table.init, ValType::of(table.type.element), imported));
  }
  return {};
}

Result<void> DeclarationValidator::elements() {
  std::size_t globals = module_.globals.size();
  for (const ElementSegment& segment : module_.elements) {
    bool has_type = std::holds_alternative<std::vector<ConstExpr>>(segment.items);
    if (has_type) TRY(ref_type(segment.type, all_types(), segment.offset));
    if (segment.mode != ElementSegment::kActive) TRY(need(Feature::kBulkMemory, segment.offset));
    if (segment.mode == ElementSegment::kActive) {
      if (!module_.tables.contains(segment.table)) {
        return invalid(segment.offset, fmt::format("unknown table {}: table index out of bounds", segment.table.value));
      }
      const TableType& table = module_.tables[segment.table].type;
      if (!context_.types().matches(segment.type, table.element)) {
        return invalid(segment.offset, fmt::format("type mismatch: the segment's {} are not the table's {}",
                                                   to_string(segment.type), to_string(table.element)));
      }
      TRY(const_expr(*segment.start, table.limits.is_64 ? ValType::i64() : ValType::i32(), globals));
    }
    if (const auto* funcs = std::get_if<std::vector<FuncIndex>>(&segment.items)) {
      for (FuncIndex func : *funcs) {
        if (!module_.funcs.contains(func)) {
          return invalid(segment.offset, fmt::format("unknown function {}: function index out of bounds", func.value));
        }
        declare(func);
      }
    } else {
      for (const ConstExpr& item : std::get<std::vector<ConstExpr>>(segment.items)) {
        TRY(const_expr(item, ValType::of(segment.type), globals));
      }
    }
  }
  return {};
}

Result<void> DeclarationValidator::data() {
  for (const DataSegment& segment : module_.data) {
    if (!segment.is_active) TRY(need(Feature::kBulkMemory, segment.offset));
    if (!segment.is_active) continue;
    if (!module_.memories.contains(segment.memory)) {
      return invalid(segment.offset, fmt::format("unknown memory {}", segment.memory.value));
    }
    bool is_64 = module_.memories[segment.memory].type.limits.is_64;
    TRY(const_expr(*segment.start, is_64 ? ValType::i64() : ValType::i32(), module_.globals.size()));
  }
  return {};
}

Result<void> DeclarationValidator::exports() {
  std::unordered_set<std::string_view> names;
  for (const Export& item : module_.exports) {
    if (!names.insert(item.name).second) {
      return invalid(item.offset, fmt::format("duplicate export name `{}` already defined", item.name));
    }
    std::size_t count = 0;
    switch (item.kind) {
      case ExternKind::kFunc:
        count = module_.funcs.size();
        break;
      case ExternKind::kTable:
        count = module_.tables.size();
        break;
      case ExternKind::kMemory:
        count = module_.memories.size();
        break;
      case ExternKind::kGlobal:
        count = module_.globals.size();
        break;
      case ExternKind::kTag:
        count = module_.tags.size();
        break;
    }
    if (item.index >= count) {
      std::string_view kind = item.kind == ExternKind::kFunc ? "function" : to_string(item.kind);
      return invalid(item.offset,
                     fmt::format("unknown {} {}: exported {} index out of bounds", kind, item.index, kind));
    }
    if (item.kind == ExternKind::kFunc) declare(FuncIndex(item.index));
    if (item.kind == ExternKind::kGlobal && module_.globals[GlobalIndex(item.index)].type.is_mutable) {
      TRY(need(Feature::kMutableGlobal, item.offset));
    }
  }
  return {};
}

Result<void> DeclarationValidator::start() {
  if (!module_.start) return {};
  if (!module_.funcs.contains(*module_.start)) {
    return invalid(0, fmt::format("unknown function {}: start function index out of bounds", module_.start->value));
  }
  if (module_.func_type(*module_.start) == FuncType{}) return {};
  return invalid(module_.funcs[*module_.start].offset, "start function: its type must be [] -> []");
}

// -- constant expressions -----------------------------------------------------------------------

void DeclarationValidator::declare(FuncIndex func) {
  if (context_.declared_.empty()) context_.declared_.resize(module_.funcs.size());
  if (module_.funcs.contains(func)) context_.declared_[func.value] = true;
}

Result<void> DeclarationValidator::const_expr(const ConstExpr& expr, const ValType& type, std::size_t visible_globals) {
  if (const auto number = read_int_const(expr.code.bytes); number && number->size == expr.code.bytes.size()) {
    if (type == (number->is_64 ? ValType::i64() : ValType::i32())) return {};
  }
  FunctionValidator validator(context_, type);
  OperatorReader reader(module_.source, expr.code);
  while (!reader.at_end()) {
    const Operator& op = *TRY(reader.next());
    TRY(const_operator(op, visible_globals));
    TRY(validator.step(op));
    if (op.op == Op::kRefFunc) declare(op.func());
  }
  return validator.finish(reader.reader().offset());
}

/// Core specification, "Validation > Instructions > Constant Expressions".
Result<void> DeclarationValidator::const_operator(const Operator& op, std::size_t visible_globals) const {
  auto not_constant = [&] {
    return error(DiagCode::kWasmInvalid, module_.code_span(op.offset),
                 fmt::format("constant expression required: `{}` is not a constant operator", info(op.op).text));
  };
  switch (op.op) {
    case Op::kI32Const:
    case Op::kI64Const:
    case Op::kF32Const:
    case Op::kF64Const:
    case Op::kV128Const:
    case Op::kRefNull:
    case Op::kRefFunc:
    case Op::kEnd:
    case Op::kStructNew:
    case Op::kStructNewDefault:
    case Op::kStructNewDesc:
    case Op::kStructNewDefaultDesc:
    case Op::kRefI31Shared:
    case Op::kArrayNew:
    case Op::kArrayNewDefault:
    case Op::kArrayNewFixed:
    case Op::kRefI31:
    case Op::kAnyConvertExtern:
    case Op::kExternConvertAny:
      return {};
    case Op::kI32Add:
    case Op::kI32Sub:
    case Op::kI32Mul:
    case Op::kI64Add:
    case Op::kI64Sub:
    case Op::kI64Mul:
      if (has(Feature::kExtendedConst)) return {};
      return not_constant();
    case Op::kGlobalGet: {
      if (!module_.globals.contains(op.global()) || op.index >= visible_globals) {
        return error(DiagCode::kWasmInvalid, module_.code_span(op.offset),
                     fmt::format("unknown global {}: global index out of bounds", op.index));
      }
      const Global& global = module_.globals[op.global()];
      if (global.type.is_mutable || (!global.import && !has(Feature::kGc))) {
        return error(DiagCode::kWasmInvalid, module_.code_span(op.offset),
                     "constant expression required: global.get of a mutable or local global");
      }
      return {};
    }
    default:
      return not_constant();
  }
}

Result<ModuleContext> validate_declarations(const Module& module, Features features) {
  TRY(check_limits(module));
  return DeclarationValidator(module, features).run();
}

namespace {

constexpr std::size_t kBytesForAThread = 256 * 1024;  // of bodies; with less, starting it takes longer
constexpr std::size_t kMostThreads = 8;

/// A stretch of functions that one thread validates.
struct Part {
  FuncIndex begin, end;
  BodyFacts facts;
  std::optional<std::pair<FuncIndex, Diagnostic>> wrong;  // the first
};

void validate_part(const ModuleContext& context, Part& part) {
  const Module& module = context.module();
  part.facts.written_tables.resize(module.tables.size());
  for (FuncIndex func = part.begin; func != part.end; func = FuncIndex(func.value + 1)) {
    if (module.funcs[func].import) continue;
    if (Result<void> result = validate_function(context, func, &part.facts); !result) {
      part.wrong.emplace(func, std::move(result).error());
      return;
    }
  }
}

std::vector<Part> make_parts(const Module& module) {
  std::size_t bytes = 0;
  for (const Func& func : module.funcs) bytes += func.body.bytes.size();
  const std::size_t most = std::min<std::size_t>(std::max(std::thread::hardware_concurrency(), 1u), kMostThreads);
  const std::size_t count = std::clamp<std::size_t>(bytes / kBytesForAThread, 1, most);
  std::vector<Part> parts;
  std::uint32_t begin = 0;
  std::size_t done = 0;
  for (std::uint32_t func = 0; func < module.funcs.size(); ++func) {
    done += module.funcs[FuncIndex(func)].body.bytes.size();
    if (done < bytes / count * (parts.size() + 1) || parts.size() + 1 == count) continue;
    parts.push_back({FuncIndex(begin), FuncIndex(func + 1), {}, {}});
    begin = func + 1;
  }
  parts.push_back({FuncIndex(begin), FuncIndex(static_cast<std::uint32_t>(module.funcs.size())), {}, {}});
  return parts;
}

/// The first function that is wrong is the one that is told of, however many threads there are.
Result<BodyFacts> validate_bodies(const ModuleContext& context) {
  const Module& module = context.module();
  std::vector<Part> parts = make_parts(module);
  std::vector<std::thread> threads;
  std::size_t next = 1;
  try {
    for (; next < parts.size(); ++next) threads.emplace_back([&, next] { validate_part(context, parts[next]); });
  } catch (const std::system_error&) {  // no more threads: what is left is done here
  }
  validate_part(context, parts.front());
  for (; next < parts.size(); ++next) validate_part(context, parts[next]);
  for (std::thread& thread : threads) thread.join();
  BodyFacts facts;
  facts.written_tables.resize(module.tables.size());
  for (Part& part : parts) {
    if (part.wrong) {
      auto& [func, diagnostic] = *part.wrong;
      auto name = module.names.funcs.find(func);
      return std::move(diagnostic).context(name == module.names.funcs.end()
                                               ? fmt::format("while validating function {}", func.value)
                                               : fmt::format("while validating function `{}`", name->second));
    }
    facts.has_tail_calls |= part.facts.has_tail_calls;
    for (std::size_t i = 0; i < facts.written_tables.size(); ++i) {
      if (part.facts.written_tables[i]) facts.written_tables[i] = true;
    }
  }
  return facts;
}

}  // namespace

Result<void> validate_module(const SourceMap& /*sources*/, const Module& module, Features features, KnownModules* known) {
  ModuleContext context = TRY(validate_declarations(module, features));
  if (known != nullptr && known->find(module, features) != nullptr) return {};
  BodyFacts facts = TRY(validate_bodies(context));
  if (known != nullptr) known->add(module, features, std::move(facts));
  return {};
}

}  // namespace witc::wasm
