// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Everything of a module but its bodies (core specification, "Validation > Modules" and "> Types").
#include <fmt/format.h>

#include <unordered_set>

#include "base/overloaded.h"
#include "wasm/core/limits.h"
#include "wasm/core/type_text.h"
#include "wasm/core/validate.h"

namespace witc::wasm {

class DeclarationValidator {
 public:
  DeclarationValidator(const Module& module, Features features) : module_(module), context_(module, features) {}

  Result<ModuleContext> run() {
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

 private:
  [[nodiscard]] Diagnostic invalid(std::uint32_t offset, std::string message) const {
    return error(DiagCode::kWasmInvalid, module_.item_span(offset), std::move(message));
  }
  Result<void> need(Feature feature, std::uint32_t offset) const {
    if (context_.features().has(feature)) return {};
    return invalid(offset, fmt::format("`{}` support is not enabled", to_string(feature)));
  }
  [[nodiscard]] bool has(Feature feature) const { return context_.features().has(feature); }

  Result<void> types();
  Result<void> type_group(TypeIndex first, std::uint32_t count);
  Result<void> sub_type(TypeIndex index);
  Result<void> heap_type(const HeapType& type, std::uint32_t limit, std::uint32_t offset) const;
  Result<void> ref_type(const RefType& type, std::uint32_t limit, std::uint32_t offset) const;
  Result<void> val_type(const ValType& type, std::uint32_t limit, std::uint32_t offset) const;
  Result<void> composite_type(const CompositeType& type, std::uint32_t limit) const;
  Result<void> func_type_index(TypeIndex index, std::uint32_t offset) const;
  Result<void> table_type(const TableType& type, std::uint32_t offset) const;
  Result<void> memory_type(const MemoryType& type, std::uint32_t offset) const;
  Result<void> tag_type(const TagType& type, std::uint32_t offset) const;

  Result<void> imports();
  Result<void> functions();
  Result<void> tables();
  Result<void> memories();
  Result<void> tags();
  Result<void> globals();
  Result<void> table_initialisers();
  Result<void> elements();
  Result<void> data();
  Result<void> exports();
  Result<void> start();
  Result<void> const_expr(const ConstExpr& expr, const ValType& type, std::size_t visible_globals);
  Result<void> const_operator(const Operator& op, std::size_t visible_globals) const;
  void declare(FuncIndex func);

  [[nodiscard]] std::uint32_t all_types() const { return static_cast<std::uint32_t>(module_.types.size()); }

  const Module& module_;
  ModuleContext context_;
};

// -- types --------------------------------------------------------------------------------------

Result<void> DeclarationValidator::types() {
  std::uint32_t first = 0;
  for (std::uint32_t count : module_.rec_groups) {
    TRY(type_group(TypeIndex(first), count));
    first += count;
  }
  return {};
}

Result<void> DeclarationValidator::type_group(TypeIndex first, std::uint32_t count) {
  if (count != 1) TRY(need(Feature::kGc, 0));
  std::uint32_t limit = first.value + count;
  for (std::uint32_t i = first.value; i < limit; ++i) {
    const SubType& type = module_.types[TypeIndex(i)];
    TRY(composite_type(type.type, limit));
    if (type.supertypes.size() > 1) return invalid(0, "sub type cannot have more than one super type");
    for (TypeIndex super : type.supertypes) {
      if (super.value >= i) return invalid(0, fmt::format("unknown type {}: type index out of bounds", super.value));
    }
  }
  context_.store_->intern(module_.types, first, count, context_.canon_);
  for (std::uint32_t i = first.value; i < limit; ++i) TRY(sub_type(TypeIndex(i)));
  return {};
}

Result<void> DeclarationValidator::sub_type(TypeIndex index) {
  const SubType& type = module_.types[index];
  if (!type.is_final || !type.supertypes.empty()) TRY(need(Feature::kGc, 0));
  if (type.supertypes.empty()) return {};
  const SubType& super = module_.types[type.supertypes[0]];
  std::string between = fmt::format("sub type {} does not match super type {}", index.value, type.supertypes[0].value);
  if (super.is_final) return invalid(0, between + ": super type is final");
  if (!context_.types().matches(type.type, super.type)) return invalid(0, between);
  if (context_.store_->depth(context_.canon_[index.value]) > kMaxSubtypingDepth) {
    return error(DiagCode::kWasmLimit, module_.item_span(0), "sub type hierarchy is too deep");
  }
  return {};
}

Result<void> DeclarationValidator::heap_type(const HeapType& type, std::uint32_t limit, std::uint32_t offset) const {
  switch (type.kind) {
    case HeapType::kFunc:
    case HeapType::kExtern:
      return need(Feature::kReferenceTypes, offset);
    case HeapType::kExn:
    case HeapType::kNoExn:
      return need(Feature::kExceptions, offset);
    case HeapType::kIndex:
      TRY(need(Feature::kFunctionReferences, offset));
      if (type.index.value < limit) return {};
      return invalid(offset, fmt::format("unknown type {}: type index out of bounds", type.index.value));
    case HeapType::kAny:
    case HeapType::kEq:
    case HeapType::kI31:
    case HeapType::kStruct:
    case HeapType::kArray:
    case HeapType::kNoFunc:
    case HeapType::kNoExtern:
    case HeapType::kNone:
      return need(Feature::kGc, offset);
  }
  std::unreachable();
}

Result<void> DeclarationValidator::ref_type(const RefType& type, std::uint32_t limit, std::uint32_t offset) const {
  if (!type.nullable) TRY(need(Feature::kFunctionReferences, offset));
  return heap_type(type.heap, limit, offset);
}

Result<void> DeclarationValidator::val_type(const ValType& type, std::uint32_t limit, std::uint32_t offset) const {
  if (type.kind == ValType::kV128) return need(Feature::kSimd, offset);
  return type.is_ref() ? ref_type(type.ref, limit, offset) : Result<void>();
}

Result<void> DeclarationValidator::composite_type(const CompositeType& type, std::uint32_t limit) const {
  auto field = [&](const FieldType& item) { return val_type(item.storage.type, limit, 0); };
  return match(
      type,
      [&](const FuncType& func) -> Result<void> {
        for (const ValType& item : func.params) TRY(val_type(item, limit, 0));
        for (const ValType& item : func.results) TRY(val_type(item, limit, 0));
        if (func.results.size() > 1) TRY(need(Feature::kMultiValue, 0));
        return {};
      },
      [&](const StructType& record) -> Result<void> {
        TRY(need(Feature::kGc, 0));
        for (const FieldType& item : record.fields) TRY(field(item));
        return {};
      },
      [&](const ArrayType& array) -> Result<void> {
        TRY(need(Feature::kGc, 0));
        return field(array.element);
      });
}

Result<void> DeclarationValidator::func_type_index(TypeIndex index, std::uint32_t offset) const {
  if (!module_.types.contains(index)) {
    return invalid(offset, fmt::format("unknown type {}: type index out of bounds", index.value));
  }
  if (std::holds_alternative<FuncType>(module_.types[index].type)) return {};
  return invalid(offset, fmt::format("type mismatch: type index {} is not a function type", index.value));
}

Result<void> DeclarationValidator::table_type(const TableType& type, std::uint32_t offset) const {
  // WebAssembly 1.0 has tables of functions, though not the type by itself.
  if (type.element != RefType{true, {HeapType::kFunc, {}}}) TRY(ref_type(type.element, all_types(), offset));
  if (type.limits.is_64) TRY(need(Feature::kMemory64, offset));
  if (type.limits.max && *type.limits.max < type.limits.min) {
    return invalid(offset, "size minimum must not be greater than maximum");
  }
  constexpr std::uint64_t kMax32 = ~std::uint32_t{0};
  if (!type.limits.is_64 && (type.limits.min > kMax32 || type.limits.max.value_or(0) > kMax32)) {
    return invalid(offset, "table size must be at most 2^32 - 1");
  }
  return {};
}

Result<void> DeclarationValidator::memory_type(const MemoryType& type, std::uint32_t offset) const {
  if (type.limits.is_64) TRY(need(Feature::kMemory64, offset));
  if (type.is_shared) TRY(need(Feature::kThreads, offset));
  if (type.page_size_log2 != 16) {
    TRY(need(Feature::kCustomPageSizes, offset));
    if (type.page_size_log2 != 0) return invalid(offset, "invalid custom page size");
  }
  if (type.limits.max && *type.limits.max < type.limits.min) {
    return invalid(offset, "size minimum must not be greater than maximum");
  }
  unsigned bits = (type.limits.is_64 ? 64 : 32) - type.page_size_log2;
  std::uint64_t most = bits == 64 ? ~std::uint64_t{0} : std::uint64_t{1} << bits;
  if (type.page_size_log2 == 0 && !type.limits.is_64) most = ~std::uint32_t{0};
  if (type.limits.min > most || type.limits.max.value_or(0) > most) {
    return invalid(offset, type.limits.is_64 || type.page_size_log2 != 16
                               ? fmt::format("memory size must be at most {} pages", most)
                               : "memory size must be at most 65536 pages (4GiB)");
  }
  if (type.is_shared && !type.limits.max) return invalid(offset, "shared memory must have maximum");
  return {};
}

Result<void> DeclarationValidator::tag_type(const TagType& type, std::uint32_t offset) const {
  TRY(need(Feature::kExceptions, offset));
  TRY(func_type_index(type.type, offset));
  if (std::get<FuncType>(module_.types[type.type].type).results.empty()) return {};
  return invalid(offset, "non-empty tag result type: invalid exception type");
}

// -- items --------------------------------------------------------------------------------------

Result<void> DeclarationValidator::imports() {
  for (const Import& import : module_.imports) {
    const auto* global = std::get_if<GlobalType>(&import.type);
    if (global != nullptr && global->is_mutable) TRY(need(Feature::kMutableGlobal, import.offset));
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

Result<void> validate_module(const SourceMap& /*sources*/, const Module& module, Features features) {
  ModuleContext context = TRY(validate_declarations(module, features));
  for (FuncIndex func : module.funcs.ids()) {
    if (module.funcs[func].import) continue;
    Result<void> result = validate_function(context, func);
    if (result) continue;
    auto name = module.names.funcs.find(func);
    return std::move(result).error().context(name == module.names.funcs.end()
                                                 ? fmt::format("while validating function {}", func.value)
                                                 : fmt::format("while validating function `{}`", name->second));
  }
  return {};
}

}  // namespace witc::wasm
