// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/core/print.h"

#include "base/overloaded.h"
#include "wasm/core/print_code.h"
#include "wasm/core/print_customs.h"
#include "wasm/core/print_names.h"
#include "wasm/core/sections.h"

namespace witc::wasm {
namespace {

// Text is not to grow out of proportion to the code, which may be one byte a line: the indentation that a module has to
// spend beyond the first levels.
constexpr std::size_t kIndentation = 64 * 1024;
constexpr std::size_t kIndentationPerByte = 8;

/// Where the module ends in its binary, as far as it has one.
std::uint32_t end_of(const Module& module) { return static_cast<std::uint32_t>(module.bytes.size()); }

class ModulePrinter {
 public:
  ModulePrinter(const Module& module, const PrintOptions& options)
      : module_(module),
        options_(options),
        ids_(module, options.name_unnamed),
        hints_(printable_hints(module)),
        indent_(options.indent + 1) {
    for (const Func& func : module.funcs) indentation_ += kIndentationPerByte * func.body.bytes.size();
  }

  Result<std::string> print();

 private:
  Result<void> section(std::uint8_t id);
  void types();
  void type(TypeIndex index, unsigned indent);
  std::string composite(TypeIndex index, const CompositeType& type);
  std::string func_type(TypeIndex index, const FuncType& type);
  std::string field(const FieldType& field);
  void imports();
  std::string import_type(const Import& import);
  Result<void> functions();
  Result<void> function(FuncIndex index);
  std::string type_use(TypeIndex type);
  std::string params(TypeIndex type, const IdentifierSpace& locals);
  std::string locals(const Func& func, const IdentifierSpace& names);
  Result<void> tables();
  void memories();
  void tags();
  Result<void> globals();
  void exports();
  Result<void> elements();
  Result<std::string> element_items(const ElementSegment& segment);
  Result<void> data();
  void customs(std::uint8_t after);

  std::string limits(const Limits& limits) const;
  std::string memory_type(const MemoryType& type) const;
  std::string table_type(const TableType& type) const;
  std::string global_type(const GlobalType& type) const;
  std::string tag_type(const TagType& type);
  Result<std::string> offset(const ConstExpr& expr);
  Result<std::string> expr(const ConstExpr& expr, std::size_t& count);
  void line(std::string text, std::optional<std::uint32_t> offset = std::nullopt) {
    new_line(out_, indent_, options_.offsets, offset);
    out_ += text;
  }
  /// `$name (;3;)`
  static std::string def(const IdentifierSpace& space, std::uint32_t index) {
    return fmt::format("{}(;{};)", space.def(index), index);
  }

  const Module& module_;
  const PrintOptions& options_;
  Identifiers ids_;
  PrintedHints hints_;
  unsigned indent_;
  std::size_t indentation_ = kIndentation;  // what code deep in blocks may still be indented by, in characters
  std::string out_;
  // The next item of each index space that imports have not taken.
  std::uint32_t funcs_ = 0, tables_ = 0, memories_ = 0, globals_ = 0, tags_ = 0;
};

Result<std::string> ModulePrinter::print() {
  out_ = "(" + options_.keyword;
  if (options_.id) {
    out_ += *options_.id;
  } else if (module_.names.module && module_.names.module->empty()) {
    out_ += " (@name \"\")";  // an identifier is not empty
  } else if (module_.names.module) {
    out_ += " " + to_identifier(*module_.names.module);
  }
  customs(kCustomSection);
  for (std::uint8_t id : kSectionOrder) {
    TRY(section(id));
    customs(id);
  }
  if (out_.find('\n') != std::string::npos) new_line(out_, options_.indent, options_.offsets, end_of(module_));
  return std::move(out_) + ")";
}

Result<void> ModulePrinter::section(std::uint8_t id) {
  switch (id) {
    case kTypeSection:
      types();
      return {};
    case kImportSection:
      imports();
      return {};
    case kTableSection:
      return tables();
    case kMemorySection:
      memories();
      return {};
    case kTagSection:
      tags();
      return {};
    case kGlobalSection:
      return globals();
    case kExportSection:
      exports();
      return {};
    case kStartSection:
      if (module_.start) line(fmt::format("(start {})", ids_.funcs.ref(module_.start->value)));
      return {};
    case kElementSection:
      return elements();
    case kCodeSection:
      return functions();
    case kDataSection:
      return data();
    default:  // the function and data count sections have no text of their own
      return {};
  }
}

// -- types --------------------------------------------------------------------------------------

void ModulePrinter::types() {
  std::uint32_t next = 0;
  for (std::uint32_t count : module_.rec_groups) {
    if (count == 1) {
      type(TypeIndex(next++), indent_);
      continue;
    }
    line("(rec");
    for (std::uint32_t i = 0; i < count; ++i) type(TypeIndex(next++), indent_ + 1);
    if (count > 0) new_line(out_, indent_, options_.offsets);
    out_ += ')';
  }
}

void ModulePrinter::type(TypeIndex index, unsigned indent) {
  const SubType& type = module_.types[index];
  new_line(out_, indent, options_.offsets);
  out_ += fmt::format("(type {} ", def(ids_.types, index.value));
  bool is_sub = !type.is_final || !type.supertypes.empty();
  if (is_sub) {
    out_ += type.is_final ? "(sub final " : "(sub ";
    for (TypeIndex super : type.supertypes) out_ += ids_.types.ref(super.value) + " ";
  }
  out_ += composite(index, type.type) + (is_sub ? "))" : ")");
}

std::string ModulePrinter::composite(TypeIndex index, const CompositeType& type) {
  return match(
      type, [&](const FuncType& func) { return func_type(index, func); },
      [&](const StructType& record) {
        auto names = ids_.fields.find(index);
        std::string out = "(struct";
        for (std::uint32_t i = 0; i < record.fields.size(); ++i) {
          std::string name = names == ids_.fields.end() ? "" : names->second.def(i);
          out += fmt::format(" (field {}{})", name, field(record.fields[i]));
        }
        return out + ")";
      },
      [&](const ArrayType& array) { return fmt::format("(array {})", field(array.element)); });
}

std::string ModulePrinter::func_type(TypeIndex /*index*/, const FuncType& type) {
  return "(func" + ids_.signature(type) + ")";
}

std::string ModulePrinter::field(const FieldType& field) {
  std::string type = field.storage.packing == StorageType::kI8    ? "i8"
                     : field.storage.packing == StorageType::kI16 ? "i16"
                                                                  : ids_.val_type(field.storage.type);
  return field.is_mutable ? fmt::format("(mut {})", type) : type;
}

std::string ModulePrinter::limits(const Limits& limits) const {
  std::string out = limits.is_64 ? "i64 " : "";
  out += std::to_string(limits.min);
  if (limits.max) out += fmt::format(" {}", *limits.max);
  return out;
}

std::string ModulePrinter::memory_type(const MemoryType& type) const {
  std::string out = limits(type.limits);
  if (type.is_shared) out += " shared";
  if (type.page_size_log2 < 64 && type.page_size_log2 != 16) {
    out += fmt::format(" (pagesize {:#x})", std::uint64_t{1} << type.page_size_log2);
  }
  return out;
}

std::string ModulePrinter::table_type(const TableType& type) const {
  return fmt::format("{} {}", limits(type.limits), ids_.ref_type(type.element));
}

std::string ModulePrinter::global_type(const GlobalType& type) const {
  std::string value = ids_.val_type(type.type);
  return type.is_mutable ? fmt::format("(mut {})", value) : value;
}

std::string ModulePrinter::tag_type(const TagType& type) { return type_use(type.type); }

/// ` (type 3) (param i32)`
std::string ModulePrinter::type_use(TypeIndex type) {
  std::string out = fmt::format(" (type {})", ids_.types.ref(type.value));
  if (!module_.types.contains(type)) return out;
  const auto* func = std::get_if<FuncType>(&module_.types[type].type);
  return func == nullptr ? out : out + ids_.signature(*func);
}

// -- items --------------------------------------------------------------------------------------

void ModulePrinter::imports() {
  for (const Import& import : module_.imports) {
    line(fmt::format("(import {} {} ({}))", quote_name(import.module), quote_name(import.name), import_type(import)),
         import.offset);
  }
}

std::string ModulePrinter::import_type(const Import& import) {
  return match(
      import.type, [&](TypeIndex type) { return fmt::format("func {}{}", def(ids_.funcs, funcs_++), type_use(type)); },
      [&](const TableType& type) { return fmt::format("table {} {}", def(ids_.tables, tables_++), table_type(type)); },
      [&](const MemoryType& type) {
        return fmt::format("memory {} {}", def(ids_.memories, memories_++), memory_type(type));
      },
      [&](const GlobalType& type) {
        return fmt::format("global {} {}", def(ids_.globals, globals_++), global_type(type));
      },
      [&](const TagType& type) { return fmt::format("tag {}{}", def(ids_.tags, tags_++), tag_type(type)); });
}

Result<void> ModulePrinter::functions() {
  for (; funcs_ < module_.funcs.size(); ++funcs_) TRY(function(FuncIndex(funcs_)));
  return {};
}

Result<void> ModulePrinter::function(FuncIndex index) {
  const Func& func = module_.funcs[index];
  auto hints = hints_.by_func.find(index);
  CodePrinter code(module_, ids_, index, options_.offsets,
                   hints == hints_.by_func.end() ? std::span<const BranchHint>() : hints->second, &indentation_);
  line(fmt::format("(func {} (type {}){}", def(ids_.funcs, index.value), ids_.types.ref(func.type.value),
                   params(func.type, code.locals())),
       func.body.offset - locals_size(func));
  if (options_.skeleton) {
    out_ += " ...)";
    return {};
  }
  std::size_t before = out_.size();
  out_ += locals(func, code.locals());
  TRY(code.body(func.body, indent_ + 1, out_));
  if (out_.size() != before || options_.offsets) {
    new_line(out_, indent_, options_.offsets, func.body.offset + static_cast<std::uint32_t>(func.body.bytes.size()) - 1);
  }
  out_ += ')';
  return {};
}

std::string ModulePrinter::params(TypeIndex type, const IdentifierSpace& locals) {
  if (!module_.types.contains(type)) return {};
  const auto* func = std::get_if<FuncType>(&module_.types[type].type);
  if (func == nullptr) return {};
  std::string out;
  bool in_group = false;
  for (std::uint32_t i = 0; i < func->params.size(); ++i) {
    // Unnamed parameters share one group.
    bool named = locals.has(i);
    if (in_group && named) out += ')';
    if (named || !in_group) out += " (param";
    out += fmt::format(" {}{}", locals.def(i), ids_.val_type(func->params[i]));
    if (named) out += ')';
    in_group = !named;
  }
  if (in_group) out += ')';
  return out + ids_.signature({{}, func->results});
}

std::string ModulePrinter::locals(const Func& func, const IdentifierSpace& names) {
  if (func.locals.empty()) return {};
  std::uint32_t next = 0;
  if (module_.types.contains(func.type)) {
    if (const auto* type = std::get_if<FuncType>(&module_.types[func.type].type)) {
      next = static_cast<std::uint32_t>(type->params.size());
    }
  }
  std::string out;
  bool in_group = false;
  for (const LocalGroup& group : func.locals) {
    for (std::uint32_t i = 0; i < group.count; ++i, ++next) {
      bool named = names.has(next);
      if (in_group && named) out += ')';
      if (named || !in_group) out += out.empty() ? "(local" : " (local";
      out += fmt::format(" {}{}", names.def(next), ids_.val_type(group.type));
      if (named) out += ')';
      in_group = !named;
    }
  }
  if (in_group) out += ')';
  if (out.empty()) return {};
  std::string start;
  new_line(start, indent_ + 1, options_.offsets);
  return start + out;
}

Result<std::string> ModulePrinter::expr(const ConstExpr& expr, std::size_t& count) {
  constexpr FuncIndex kNoFunc(~std::uint32_t{0});
  return CodePrinter(module_, ids_, kNoFunc, options_.offsets).inline_expr(expr, count);
}

Result<std::string> ModulePrinter::offset(const ConstExpr& value) {
  std::size_t count = 0;
  std::string text = TRY(expr(value, count));
  return fmt::format("({}{})", count == 1 ? "" : "offset ", text);
}

Result<void> ModulePrinter::tables() {
  for (; tables_ < module_.tables.size(); ++tables_) {
    const Table& table = module_.tables[TableIndex(tables_)];
    std::string text = fmt::format("(table {} {}", def(ids_.tables, tables_), table_type(table.type));
    std::size_t count = 0;
    if (table.init) text += " " + TRY(expr(*table.init, count));
    line(text + ")", table.offset);
  }
  return {};
}

void ModulePrinter::memories() {
  for (; memories_ < module_.memories.size(); ++memories_) {
    const Memory& memory = module_.memories[MemoryIndex(memories_)];
    line(fmt::format("(memory {} {})", def(ids_.memories, memories_), memory_type(memory.type)), memory.offset);
  }
}

void ModulePrinter::tags() {
  for (; tags_ < module_.tags.size(); ++tags_) {
    const Tag& tag = module_.tags[TagIndex(tags_)];
    line(fmt::format("(tag {}{})", def(ids_.tags, tags_), tag_type(tag.type)), tag.offset);
  }
}

Result<void> ModulePrinter::globals() {
  for (; globals_ < module_.globals.size(); ++globals_) {
    const Global& global = module_.globals[GlobalIndex(globals_)];
    std::string text = fmt::format("(global {} {}", def(ids_.globals, globals_), global_type(global.type));
    std::size_t count = 0;
    if (global.init) text += " " + TRY(expr(*global.init, count));
    line(text + ")", global.offset);
  }
  return {};
}

void ModulePrinter::exports() {
  for (const Export& item : module_.exports) {
    const IdentifierSpace* spaces[] = {&ids_.funcs, &ids_.tables, &ids_.memories, &ids_.globals, &ids_.tags};
    line(fmt::format("(export {} ({} {}))", quote_name(item.name), to_string(item.kind),
                     spaces[static_cast<unsigned>(item.kind)]->ref(item.index)),
         item.offset);
  }
}

Result<std::string> ModulePrinter::element_items(const ElementSegment& segment) {
  if (const auto* funcs = std::get_if<std::vector<FuncIndex>>(&segment.items)) {
    std::string out = " func";
    for (FuncIndex func : *funcs) out += " " + ids_.funcs.ref(func.value);
    return out;
  }
  std::string out = " " + ids_.ref_type(segment.type);
  for (const ConstExpr& item : std::get<std::vector<ConstExpr>>(segment.items)) {
    std::size_t count = 0;
    std::string text = TRY(expr(item, count));
    out += fmt::format(" ({}{})", count == 1 ? "" : "item ", text);
  }
  return out;
}

Result<void> ModulePrinter::elements() {
  for (ElemIndex index : module_.elements.ids()) {
    const ElementSegment& segment = module_.elements[index];
    std::string text = "(elem " + def(ids_.elems, index.value);
    if (segment.mode == ElementSegment::kDeclarative) text += " declare";
    if (segment.mode == ElementSegment::kActive) {
      if (segment.table.value != 0) text += fmt::format(" (table {})", ids_.tables.ref(segment.table.value));
      text += " " + TRY(offset(*segment.start));
    }
    line(text + (options_.skeleton ? " ..." : TRY(element_items(segment))) + ")", segment.offset);
  }
  return {};
}

Result<void> ModulePrinter::data() {
  for (DataIndex index : module_.data.ids()) {
    const DataSegment& segment = module_.data[index];
    std::string text = "(data " + def(ids_.datas, index.value);
    if (segment.is_active) {
      if (segment.memory.value != 0) text += fmt::format(" (memory {})", ids_.memories.ref(segment.memory.value));
      text += " " + TRY(offset(*segment.start));
    }
    line(text + " " + (options_.skeleton ? "..." : quote_bytes(segment.bytes)) + ")", segment.offset);
  }
  return {};
}

// -- custom sections ----------------------------------------------------------------------------

void ModulePrinter::customs(std::uint8_t after) {
  for (const CustomSection& section : module_.customs) {
    if (section.after != after || section.name == "name" || &section == hints_.section) continue;
    line(options_.skeleton ? custom_skeleton(section) : custom_text(module_, section, indent_), section.offset);
  }
}

}  // namespace

Result<std::string> print_module(const Module& module, const PrintOptions& options) {
  return ModulePrinter(module, options).print();
}

}  // namespace witc::wasm
