// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A module's items as text: imports, functions, tables, memories, tags, globals, exports, segments.
#include <algorithm>
#include <memory>

#include "base/overloaded.h"
#include "wasm/core/print_module.h"

namespace witc::wasm {

void ModulePrinter::imports() {
  for (std::span<const Import> group : import_groups(module_)) {
    const Import& import = group.front();
    if (import.form != Import::kSingle) {
      import_group(group);
      continue;
    }
    line(fmt::format("(import {} {} ({}))", quote_name(import.module), quote_name(import.name), import_type(import)),
         import.offset);
  }
}

/// Items with a type each, or with one for all at the end: that has no place for identifiers, and is not used for them.
void ModulePrinter::import_group(std::span<const Import> group) {
  const Import& first = group.front();
  const auto kind = static_cast<ExternKind>(first.type.index());
  const bool one_type = first.form == Import::kOfModuleAndType && !any_named(kind, group.size());
  line("(import " + quote_name(first.module), first.offset);
  ++indent_;
  for (const Import& item : group) {
    const std::string type = import_type(item);
    line(fmt::format("(item {}{})", quote_name(item.name), one_type ? "" : fmt::format(" ({})", type)), item.offset);
  }
  if (one_type) line(fmt::format("({} {})", to_string(kind), extern_type(first)));
  --indent_;
  new_line(out_, indent_, options_.offsets);
  out_ += ')';
}

/// Has one of the next `count` imported items of that kind an identifier?
bool ModulePrinter::any_named(ExternKind kind, std::size_t count) const {
  const std::pair<const IdentifierSpace*, std::uint32_t> kSpaces[] = {{&ids_.funcs, funcs_},
                                                                      {&ids_.tables, tables_},
                                                                      {&ids_.memories, memories_},
                                                                      {&ids_.globals, globals_},
                                                                      {&ids_.tags, tags_}};
  const auto [space, next] = kSpaces[static_cast<unsigned>(kind)];
  for (std::uint32_t i = 0; i < count; ++i) {
    if (space->has(next + i)) return true;
  }
  return false;
}

/// `func $f (;0;) (type 0)` and the like; takes the next index of its space.
std::string ModulePrinter::import_type(const Import& import) {
  std::string id = match(
      import.type, [this](TypeIndex) { return def(ids_.funcs, funcs_++); },
      [this](const TableType&) { return def(ids_.tables, tables_++); },
      [this](const MemoryType&) { return def(ids_.memories, memories_++); },
      [this](const GlobalType&) { return def(ids_.globals, globals_++); },
      [this](const TagType&) { return def(ids_.tags, tags_++); });
  const auto kind = static_cast<ExternKind>(import.type.index());
  std::string out = fmt::format("{} {} {}", to_string(kind), id, extern_type(import));
  if (kind != ExternKind::kFunc) return out;
  // Parameters are shown only to name them.
  const FuncIndex func(funcs_ - 1);
  const auto first = module_.names.locals.lower_bound({func, LocalIndex(0)});
  if (first == module_.names.locals.end() || first->first.first != func) return out;
  if (import.is_exact) out.pop_back();
  out += params(std::get<TypeIndex>(import.type), ids_.locals(func));
  return import.is_exact ? out + ")" : out;
}

std::string ModulePrinter::extern_type(const Import& import) const {
  return match(
      import.type,
      [&](TypeIndex type) {
        const std::string use = fmt::format("(type {})", ids_.types.ref(type.value));
        return import.is_exact ? fmt::format("(exact {})", use) : use;
      },
      [&](const TableType& type) { return table_type(type); }, [&](const MemoryType& type) { return memory_type(type); },
      [&](const GlobalType& type) { return global_type(type); }, [&](const TagType& type) { return tag_type(type); });
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
  if (context_) code.annotate(operand_stack(index));
  const BlockType type{BlockType::kFunc, {}, func.type};
  TRY(options_.fold ? code.folded_body(func.body, type, indent_ + 1, out_) : code.body(func.body, indent_ + 1, out_));
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
  CodePrinter code(module_, ids_, kNoFunc, options_.offsets);
  return options_.fold ? code.inline_folded(expr, count) : code.inline_expr(expr, count);
}

/// `[i32 anyref]`, the top at the right; of a high stack its upper part, for comments must not outgrow the code.
std::string ModulePrinter::shown(std::span<const StackType> operands) const {
  constexpr std::size_t kShown = 20;
  std::string out = operands.size() > kShown ? "[..." : "[";
  for (const StackType& type : operands.last(std::min(operands.size(), kShown))) {
    if (out.size() > 1) out += ' ';
    out += type.kind == StackType::kValue ? ids_.val_type(type.type) : "unknown";
  }
  return out + "]";
}

/// Steps a validator of its own along the code, until something is not valid.
CodePrinter::Note ModulePrinter::operand_stack(FuncIndex func) {
  auto validator = std::make_shared<std::optional<FunctionValidator>>(std::in_place, *context_, func);
  return [this, validator](const Operator& op) -> std::string {
    if (!*validator) return {};
    if (!(*validator)->step(op)) {
      validator->reset();
      return "(invalid)";
    }
    return shown((*validator)->operands());
  };
}

Result<std::string> ModulePrinter::offset(const ConstExpr& value) {
  std::size_t count = 0;
  std::string text = TRY(expr(value, count));
  if (options_.fold && count == 1) return text;
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
    line(fmt::format("(tag {} {})", def(ids_.tags, tags_), tag_type(tag.type)), tag.offset);
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
    const IdentifierSpace* spaces[] = {&ids_.funcs, &ids_.tables, &ids_.memories, &ids_.globals};
    const std::string index = item.kind == ExternKind::kTag ? std::to_string(item.index)
                                                            : spaces[static_cast<unsigned>(item.kind)]->ref(item.index);
    line(fmt::format("(export {} ({} {}))", quote_name(item.name), to_string(item.kind), index), item.offset);
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
    if (options_.fold && count == 1) {
      out += " " + text;
    } else {
      out += fmt::format(" ({}{})", count == 1 ? "" : "item ", text);
    }
  }
  return out;
}

Result<void> ModulePrinter::elements() {
  for (ElemIndex index : module_.elements.ids()) {
    const ElementSegment& segment = module_.elements[index];
    std::string text = "(elem " + def(ids_.elems, index.value);
    if (segment.mode == ElementSegment::kDeclarative) text += " declare";
    if (segment.mode == ElementSegment::kActive) {
      if (segment.table.value != 0 || segment.has_table) text += fmt::format(" (table {})", ids_.tables.ref(segment.table.value));
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

}  // namespace witc::wasm
