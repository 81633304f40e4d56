// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The order of a module's text, its types and custom sections; its items are in print_items.cpp.
#include "wasm/core/print.h"

#include <algorithm>

#include "base/overloaded.h"
#include "wasm/core/print_module.h"
#include "wasm/core/sections.h"

namespace witc::wasm {
namespace {

// Text is not to grow out of proportion to the code, which may be one byte a line: the indentation that a module has to
// spend beyond the first levels.
constexpr std::size_t kIndentation = 64 * 1024;
constexpr std::size_t kIndentationPerByte = 8;

/// Where the module ends in its binary, as far as it has one.
std::uint32_t end_of(const Module& module) { return static_cast<std::uint32_t>(module.bytes.size()); }

}  // namespace

ModulePrinter::ModulePrinter(const Module& module, const PrintOptions& options)
    : module_(module),
      options_(options),
      ids_(module, options.name_unnamed),
      hints_(printable_hints(module)),
      indent_(options.indent + 1),
      indentation_(kIndentation) {
  if (options.operand_stack) {
    if (Result<ModuleContext> context = validate_declarations(module, Features::all())) context_ = *std::move(context);
  }
  for (const Func& func : module.funcs) indentation_ += kIndentationPerByte * func.body.bytes.size();
}

Result<std::string> ModulePrinter::print() {
  out_ = "(" + options_.keyword;
  if (options_.id) {
    out_ += *options_.id;
  } else if (module_.names.module && module_.names.module->empty()) {
    out_ += " $\"#module0 \" (@name \"\")";  // an identifier is not empty
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
  for (std::size_t group = 0; group < module_.rec_groups.size(); ++group) {
    const std::uint32_t count = module_.rec_groups[group];
    if (count == 1 && !std::ranges::binary_search(module_.explicit_groups, group)) {
      type(TypeIndex(next++), indent_);
      continue;
    }
    line("(rec", type_offset(next));
    for (std::uint32_t i = 0; i < count; ++i) type(TypeIndex(next++), indent_ + 1);
    if (count > 0) new_line(out_, indent_, options_.offsets);
    out_ += ')';
  }
}

void ModulePrinter::type(TypeIndex index, unsigned indent) {
  const SubType& type = module_.types[index];
  new_line(out_, indent, options_.offsets, type_offset(index.value));
  out_ += fmt::format("(type {} ", def(ids_.types, index.value));
  bool is_sub = !type.is_final || !type.supertypes.empty();
  if (is_sub) {
    out_ += type.is_final ? "(sub final " : "(sub ";
    for (TypeIndex super : type.supertypes) out_ += ids_.types.ref(super.value) + " ";
  }
  if (type.is_shared) out_ += "(shared ";
  if (type.describes) out_ += fmt::format("(describes {}) ", ids_.types.ref(type.describes->value));
  if (type.descriptor) out_ += fmt::format("(descriptor {}) ", ids_.types.ref(type.descriptor->value));
  out_ += composite(index, type.type);
  out_.append(1U + (is_sub ? 1 : 0) + (type.is_shared ? 1 : 0), ')');
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
      [&](const ArrayType& array) { return fmt::format("(array {})", field(array.element)); },
      [&](const ContType& cont) { return fmt::format("(cont {})", ids_.types.ref(cont.func.value)); });
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
  if (type.page_size_log2 < 64 && (type.page_size_log2 != 16 || type.has_page_size)) {
    out += fmt::format(" (pagesize {:#x})", std::uint64_t{1} << type.page_size_log2);
  }
  return out;
}

std::string ModulePrinter::table_type(const TableType& type) const {
  return fmt::format("{}{} {}", type.is_shared ? "shared " : "", limits(type.limits), ids_.ref_type(type.element));
}

std::string ModulePrinter::global_type(const GlobalType& type) const {
  std::string value = ids_.val_type(type.type);
  if (type.is_shared) return fmt::format("(shared {}{})", type.is_mutable ? "mut " : "", value);
  return type.is_mutable ? fmt::format("(mut {})", value) : value;
}

std::string ModulePrinter::tag_type(const TagType& type) const { return type_use(type.type); }

/// `(type 3) (param i32)`
std::string ModulePrinter::type_use(TypeIndex type) const {
  std::string out = fmt::format("(type {})", ids_.types.ref(type.value));
  if (!module_.types.contains(type)) return out;
  const auto* func = std::get_if<FuncType>(&module_.types[type].type);
  return func == nullptr ? out : out + ids_.signature(*func);
}

// -- custom sections ----------------------------------------------------------------------------

void ModulePrinter::customs(std::uint8_t after) {
  for (const CustomSection& section : module_.customs) {
    if (section.after != after || section.name == "name" || &section == hints_.section) continue;
    line(options_.skeleton ? custom_skeleton(section) : custom_text(module_, section, indent_), section.offset);
  }
}

Result<std::string> print_module(const Module& module, const PrintOptions& options) {
  return ModulePrinter(module, options).print();
}

}  // namespace witc::wasm
