// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Types, aliases and externs as text (wasm/component/printer.h).
#include <fmt/format.h>

#include "base/overloaded.h"
#include "wasm/component/printer.h"
#include "wasm/core/type_text.h"

namespace witc::component {
namespace {

constexpr std::string_view kModuleScope = "(module)";  // the name of the scope of a module type

}  // namespace

// -- value and function types -------------------------------------------------------------------------

std::string Printer::val_type(const ast::ValType& type) {
  return match(
      type, [](PrimValType prim) { return std::string(keyword(prim)); },
      [&](ast::TypeRef type_ref) { return ref(Sort::kType, type_ref.index); });
}

void Printer::fields(std::string_view keyword, const std::vector<ast::LabelValType>& fields) {
  for (const ast::LabelValType& field : fields) {
    put(fmt::format(" ({} {} {})", keyword, wasm::quote_name(field.label), val_type(field.type)));
  }
}

void Printer::labels(std::string_view keyword, const std::vector<std::string>& labels) {
  put(fmt::format("({}", keyword));
  for (const std::string& label : labels) put(" " + wasm::quote_name(label));
  put(")");
}

void Printer::generic(std::string_view keyword, const std::optional<ast::ValType>& type) {
  put(fmt::format("({}{})", keyword, type ? " " + val_type(*type) : ""));
}

void Printer::func_type(const ast::FuncType& func) {
  put(func.is_async ? "(func async" : "(func");
  fields("param", func.params);
  if (func.result) put(fmt::format(" (result {})", val_type(*func.result)));
  put(")");
}

void Printer::value_type(const ast::Type& type) {
  match(
      type.type, [&](PrimValType prim) { put(keyword(prim)); },
      [&](const ast::Record& record) {
        put("(record");
        fields("field", record.fields);
        put(")");
      },
      [&](const ast::Variant& variant) {
        put("(variant");
        for (const ast::Case& item : variant.cases) {
          put(fmt::format(" (case {}{})", wasm::quote_name(item.label), item.type ? " " + val_type(*item.type) : ""));
        }
        put(")");
      },
      [&](const ast::List& list) {
        put(fmt::format("(list {}{})", val_type(list.element), list.length ? fmt::format(" {}", *list.length) : ""));
      },
      [&](const ast::Tuple& tuple) {
        put("(tuple");
        for (const ast::ValType& item : tuple.types) put(" " + val_type(item));
        put(")");
      },
      [&](const ast::Flags& flags) { labels("flags", flags.labels); },
      [&](const ast::Enum& cases) { labels("enum", cases.labels); },
      [&](const ast::Option& option) { generic("option", option.type); },
      [&](const ast::ResultType& result) {
        put("(result");
        if (result.ok) put(" " + val_type(*result.ok));
        if (result.error) put(fmt::format(" (error {})", val_type(*result.error)));
        put(")");
      },
      [&](const ast::Own& own) { put(fmt::format("(own {})", ref(Sort::kType, own.type))); },
      [&](const ast::Borrow& borrow) { put(fmt::format("(borrow {})", ref(Sort::kType, borrow.type))); },
      [&](const ast::Stream& stream) { generic("stream", stream.type); },
      [&](const ast::Future& future) { generic("future", future.type); },
      [&](const ast::Map& map) { put(fmt::format("(map {} {})", val_type(map.key), val_type(map.value))); },
      [&](const ast::FuncType& func) { func_type(func); },
      [&](const ast::ResourceType& resource) {
        put(fmt::format("(resource (rep {})", core_val_type(resource.rep)));
        if (resource.dtor) put(fmt::format(" (dtor {})", core_ref(CoreSort::kFunc, *resource.dtor)));
        put(")");
      },
      [](const auto&) {});
}

void Printer::print(const ast::Type& type) {
  // The index is taken after the type is printed, as it is in scope only then; its name stands before.
  open("type " + next(Sort::kType));
  if (const auto* component = std::get_if<ast::ComponentType>(&type.type)) {
    decls("component", component->decls);
  } else if (const auto* instance = std::get_if<ast::InstanceType>(&type.type)) {
    decls("instance", instance->decls);
  } else {
    put(" ");
    value_type(type);
    --indent_;
    put(")");
    return;
  }
  --indent_;
  line();
  put(")");
}

void Printer::decls(std::string_view keyword, const std::vector<ast::Decl>& decls) {
  push_scope(nullptr);
  line();
  open(keyword);
  for (const ast::Decl& decl : decls) {
    line();
    match(
        decl, [&](const ast::CoreType& type) { print(type, true); },
        [&](const std::unique_ptr<ast::Type>& type) { print(*type); }, [&](const ast::Alias& alias) { print(alias); },
        [&](const ast::ImportDecl& import) { print(ast::Import{import.name, import.type}); },
        [&](const ast::ExportDecl& item) {
          put(fmt::format("(export {} ", next(item.type.sort, CoreSort::kModule)));
          extern_name(item.name);
          put(" ");
          extern_type(item.type, false);
          put(")");
        });
  }
  --indent_;
  if (!decls.empty()) line();
  put(")");
  pop_scope();
}

// -- externs and aliases ------------------------------------------------------------------------------------

void Printer::extern_name(const ast::NameAttributes& name) {
  string(name.name);
  auto attribute = [&](std::string_view keyword, const std::optional<std::string>& text) {
    if (text) put(fmt::format(" ({} {})", keyword, wasm::quote_name(*text)));
  };
  attribute("implements", name.implements);
  attribute("versionsuffix", name.version_suffix);
  attribute("external-id", name.external_id);
}

/// `named`: an index is introduced, and its name printed.
void Printer::extern_type(const ast::ExternType& type, bool named) {
  std::string inner;
  switch (type.sort) {
    case Sort::kCore:
      inner = fmt::format("(type {})", core_ref(CoreSort::kType, type.index));
      break;
    case Sort::kFunc:
    case Sort::kComponent:
    case Sort::kInstance:
      inner = fmt::format("(type {})", ref(Sort::kType, type.index));
      break;
    case Sort::kType:
      inner = type.type_bound.eq ? fmt::format("(eq {})", ref(Sort::kType, *type.type_bound.eq)) : "(sub resource)";
      break;
    case Sort::kValue:
      if (!type.value_bound) break;
      inner = match(
          type.value_bound->bound,
          [&](std::uint32_t value) { return fmt::format("(eq {})", ref(Sort::kValue, value)); },
          [&](const ast::ValType& bound) {
            // A bare index would read as the value's own.
            const bool is_index = std::holds_alternative<ast::TypeRef>(bound);
            return is_index ? fmt::format("(type {})", val_type(bound)) : val_type(bound);
          });
      break;
  }
  put(fmt::format("({} {}{})", keyword(type.sort, CoreSort::kModule),
                  named ? next(type.sort, CoreSort::kModule) + " " : "", inner));
}

/// The scope `count` levels out: its name, unless one further in has the same.
std::string Printer::scope_ref(std::uint32_t count) const {
  const std::string& name = scopes_[scopes_.size() - 1 - count]->name;
  for (std::uint32_t inner = 0; inner < count; ++inner) {
    if (scopes_[scopes_.size() - 1 - inner]->name == name) return std::to_string(count);
  }
  return name.empty() || name == kModuleScope ? std::to_string(count) : name;
}

void Printer::print(const ast::Alias& alias) {
  std::string sort = keyword(alias.sort, alias.core);
  match(
      alias.target,
      [&](const ast::AliasExport& target) {
        std::string instance = ref(Sort::kInstance, target.instance);
        put(fmt::format("(alias export {} {} ({} {}))", instance, wasm::quote_name(target.name), sort,
                        next(alias.sort, alias.core)));
      },
      [&](const ast::AliasCoreExport& target) {
        put(fmt::format("(alias core export {} {} ({} {}))", core_ref(CoreSort::kInstance, target.instance),
                        wasm::quote_name(target.name), sort, next(alias.sort, alias.core)));
      },
      [&](const ast::AliasOuter& target) {
        std::string from = std::to_string(target.count);
        std::string item = std::to_string(target.index);
        if (target.count < scopes_.size()) {
          Scope& outer = *scopes_[scopes_.size() - 1 - target.count];
          from = scope_ref(target.count);
          item = space(outer, alias.sort, alias.core).names.ref(target.index);
        }
        put(fmt::format("(alias outer {} {} ({} {}))", from, item, sort, next(alias.sort, alias.core)));
      });
}

// -- core types ---------------------------------------------------------------------------------------------

std::string Printer::core_val_type(const wasm::ValType& type) {
  if (!type.is_ref() || type.ref.heap.kind != wasm::HeapType::kIndex) return wasm::to_string(type);
  return fmt::format("(ref {}{})", type.ref.nullable ? "null " : "",
                     wasm::with_attributes(type.ref.heap, core_ref(CoreSort::kType, type.ref.heap.index.value)));
}

void Printer::core_sub_type(const wasm::SubType& type) {
  bool plain = type.is_final && type.supertypes.empty();
  if (!plain) {
    put(type.is_final ? "(sub final" : "(sub");
    for (wasm::TypeIndex super : type.supertypes) put(" " + core_ref(CoreSort::kType, super.value));
    put(" ");
  }
  auto field = [&](const wasm::FieldType& f) {
    std::string storage = f.storage.packing == wasm::StorageType::kI8    ? "i8"
                          : f.storage.packing == wasm::StorageType::kI16 ? "i16"
                                                                         : core_val_type(f.storage.type);
    return f.is_mutable ? fmt::format("(mut {})", storage) : storage;
  };
  if (type.is_shared) put("(shared ");
  if (type.describes) put(fmt::format("(describes {}) ", core_ref(CoreSort::kType, type.describes->value)));
  if (type.descriptor) put(fmt::format("(descriptor {}) ", core_ref(CoreSort::kType, type.descriptor->value)));
  match(
      type.type, [&](const wasm::FuncType& func) { put(fmt::format("(func{})", signature(func))); },
      [&](const wasm::StructType& fields) {
        put("(struct");
        for (const wasm::FieldType& item : fields.fields) put(fmt::format(" (field {})", field(item)));
        put(")");
      },
      [&](const wasm::ArrayType& array) { put(fmt::format("(array {})", field(array.element))); },
      [&](const wasm::ContType& cont) { put(fmt::format("(cont {})", core_ref(CoreSort::kType, cont.func.value))); });
  if (type.is_shared) put(")");
  if (!plain) put(")");
}

void Printer::rec_group(const ast::CoreRecGroup& group) {
  bool core = scopes_.empty() || scope().name != kModuleScope;
  std::string head = core ? "core type " : "type ";
  auto one = [&](const wasm::SubType& type, std::string_view keyword) {
    put(fmt::format("({}{} ", keyword, next(Sort::kCore, CoreSort::kType)));
    core_sub_type(type);
    put(")");
  };
  if (!group.is_explicit && group.types.size() == 1) return one(group.types.front(), head);
  open(core ? "core rec" : "rec");
  for (const wasm::SubType& type : group.types) {
    line();
    one(type, "type ");
  }
  --indent_;
  if (!group.types.empty()) line();
  put(")");
}

void Printer::print(const ast::CoreType& type, bool define) {
  if (const auto* group = std::get_if<ast::CoreRecGroup>(&type)) return rec_group(*group);
  if (define) open("core type " + next(Sort::kCore, CoreSort::kType));
  module_type(std::get<ast::CoreModuleType>(type));
  if (!define) return;
  --indent_;
  line();
  put(")");
}

void Printer::module_type(const ast::CoreModuleType& type) {
  push_scope(nullptr);
  scope().name = kModuleScope;  // core types are plain `type`s here
  line();
  open("module");
  for (const ast::CoreModuleDecl& decl : type.decls) {
    line();
    module_decl(decl);
  }
  --indent_;
  if (!type.decls.empty()) line();
  put(")");
  pop_scope();
}

void Printer::module_decl(const ast::CoreModuleDecl& decl) {
  match(
      decl.decl,
      [&](const ast::CoreImportDecl& import) {
        put(fmt::format("(import {} {} ", wasm::quote_name(import.module), wasm::quote_name(import.name)));
        core_extern(import.type);
        put(")");
      },
      [&](const ast::CoreType& type) { print(type, true); },
      [&](const ast::CoreOuterAlias& alias) {
        std::string from = std::to_string(alias.count);
        std::string item = std::to_string(alias.index);
        if (alias.count < scopes_.size()) {
          Scope& outer = *scopes_[scopes_.size() - 1 - alias.count];
          from = scope_ref(alias.count);
          item = space(outer, Sort::kCore, CoreSort::kType).names.ref(alias.index);
        }
        put(fmt::format("(alias outer {} {} (type {}))", from, item, next(Sort::kCore, CoreSort::kType)));
      },
      [&](const ast::CoreExportDecl& item) {
        put(fmt::format("(export {} ", wasm::quote_name(item.name)));
        core_extern(item.type);
        put(")");
      });
}

std::string Printer::core_type_use(wasm::TypeIndex index) {
  return fmt::format("(type {})", core_ref(CoreSort::kType, index.value));
}

std::string Printer::signature(const wasm::FuncType& func) {
  std::string text;
  auto types = [&](std::string_view keyword, const std::vector<wasm::ValType>& list) {
    if (list.empty()) return;
    text += fmt::format(" ({}", keyword);
    for (const wasm::ValType& item : list) text += " " + core_val_type(item);
    text += ')';
  };
  types("param", func.params);
  types("result", func.results);
  return text;
}

void Printer::core_extern(const wasm::ExternType& type) {
  auto limits = [](const wasm::Limits& l) {
    return fmt::format("{}{}{}", l.is_64 ? "i64 " : "", l.min, l.max ? fmt::format(" {}", *l.max) : "");
  };
  match(
      type, [&](wasm::TypeIndex func) { put(fmt::format("(func {})", core_type_use(func))); },
      [&](const wasm::TableType& table) {
        put(fmt::format("(table {} {})", limits(table.limits), core_val_type(wasm::ValType::of(table.element))));
      },
      [&](const wasm::MemoryType& memory) {
        std::string page =
            memory.page_size_log2 == 16 ? "" : fmt::format(" (pagesize {})", 1U << (memory.page_size_log2 & 31U));
        put(fmt::format("(memory {}{}{})", limits(memory.limits), memory.is_shared ? " shared" : "", page));
      },
      [&](const wasm::GlobalType& global) {
        std::string value = core_val_type(global.type);
        put(fmt::format("(global {})", global.is_mutable ? fmt::format("(mut {})", value) : value));
      },
      [&](const wasm::TagType& tag) { put(fmt::format("(tag {})", core_type_use(tag.type))); });
}

}  // namespace witc::component
