// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Definitions as text (wasm/component/printer.h).
#include "wasm/component/print.h"

#include <fmt/format.h>

#include "base/overloaded.h"
#include "wasm/binary_reader.h"
#include "wasm/component/canon.h"
#include "wasm/component/printer.h"
#include "wasm/core/print.h"

namespace witc::component {

Result<std::string> print_component(const ast::Component& component, const wasm::PrintOptions& options) {
  Printer printer(options);
  TRY(printer.component(component));
  return std::move(printer.out);
}

// -- text and indices -----------------------------------------------------------------------------------

void Printer::line() {
  out += '\n';
  out.append(std::size_t{2} * indent_, ' ');
}

void Printer::open(std::string_view head) {
  out += '(';
  out += head;
  ++indent_;
}

Printer::Space& Printer::space(Scope& scope, Sort sort, CoreSort core) {
  if (sort != Sort::kCore) core = CoreSort::kFunc;
  auto found = scope.spaces.find({sort, core});
  if (found != scope.spaces.end()) return found->second;
  static constexpr std::string_view kCore[] = {"core-func", "core-table", "core-memory", "core-global", "core-tag"};
  static constexpr std::string_view kCoreLate[] = {"core-type", "core-module", "core-instance"};
  static constexpr std::string_view kSorts[] = {"", "func", "value", "type", "component", "instance"};
  auto number = static_cast<std::size_t>(core);
  std::string_view kind = sort != Sort::kCore ? kSorts[static_cast<std::size_t>(sort)]
                          : number < 5        ? kCore[number]
                                              : kCoreLate[number - 0x10];
  return scope.spaces.try_emplace({sort, core}, Space{wasm::IdentifierSpace(kind), 0}).first->second;
}

std::string Printer::next(Sort sort, CoreSort core) {
  Space& items = space(scope(), sort, core);
  std::uint32_t index = items.next++;
  return fmt::format("{}(;{};)", items.names.def(index), index);
}

void Printer::push_scope(const ast::ComponentNames* names) {
  scopes_.push_back(std::make_unique<Scope>());
  if (names == nullptr) return;
  for (const auto& entry : names->entries) {
    Space& items = space(scope(), entry.item.sort, entry.item.core);
    if (!items.names.has(entry.item.index)) items.names.add(entry.item.index, entry.name);
  }
}

// -- definitions ------------------------------------------------------------------------------------------

Result<void> Printer::component(const ast::Component& component) {
  std::string index;
  std::string own;  // the name the component gives itself
  if (component.names.component && !component.names.component->empty())
    own = wasm::to_identifier(*component.names.component);
  if (!scopes_.empty()) {
    Space& items = space(scope(), Sort::kComponent, CoreSort::kFunc);
    // What it is called where it stands goes before.
    if (!own.empty() && !items.names.has(items.next)) items.names.add(items.next, *component.names.component);
    if (items.names.has(items.next)) own = items.names.ref(items.next);
    index = fmt::format(" {}(;{};)", items.names.def(items.next), items.next);
    ++items.next;
  } else if (!own.empty()) {
    index = " " + own;
  }
  push_scope(&component.names);
  scope().name = own;
  open("component" + index);
  std::size_t before = out.size();
  for (const ast::Definition& item : component.definitions) TRY(definition(item));
  pop_scope();
  --indent_;
  if (out.size() != before) line();
  out += ')';
  return {};
}

Result<void> Printer::definition(const ast::Definition& definition) {
  return match(
      definition.item,
      [&](const ast::CustomSection& custom) -> Result<void> {
        if (custom.name != "component-name") print(custom);
        return {};
      },
      [&](const ast::CoreModule& module) -> Result<void> { return line(), print(module); },
      [&](const ast::CoreType& type) -> Result<void> { return line(), print(type, true), Result<void>(); },
      [&](const std::unique_ptr<ast::Component>& nested) -> Result<void> { return line(), component(*nested); },
      [&](const ast::Export& item) -> Result<void> { return line(), print(item, true), Result<void>(); },
      [&](const auto& item) -> Result<void> { return line(), print(item), Result<void>(); });
}

void Printer::print(const ast::CustomSection& custom) {
  line();
  if (custom.name == "producers" && print_producers(custom)) return;
  out += fmt::format("(@custom {} {})", wasm::quote_name(custom.name), wasm::quote_bytes(custom.bytes));
}

/// The conventional section of tools' names and versions; false, and nothing printed, if it is not of its form.
bool Printer::print_producers(const ast::CustomSection& custom) {
  struct Field {
    std::string name;
    std::vector<std::pair<std::string, std::string>> values;
  };
  auto read = [&]() -> Result<std::vector<Field>> {
    wasm::BinaryReader reader({}, custom.bytes, 0);
    std::vector<Field> fields;
    std::uint32_t count = TRY(reader.count(3, "producers fields"));
    for (std::uint32_t i = 0; i < count; ++i) {
      Field field;
      field.name = std::string(TRY(reader.name()));
      if (field.name != "language" && field.name != "sdk" && field.name != "processed-by")
        return reader.malformed("field");
      std::uint32_t values = TRY(reader.count(1000, "producers values"));
      for (std::uint32_t j = 0; j < values; ++j) {
        std::string name(TRY(reader.name()));
        field.values.emplace_back(std::move(name), std::string(TRY(reader.name())));
      }
      fields.push_back(std::move(field));
    }
    TRY(reader.expect_end("junk after producers"));
    return fields;
  };
  Result<std::vector<Field>> fields = read();
  if (!fields) return false;
  open("@producers");
  for (const Field& field : *fields) {
    for (const auto& [name, version] : field.values) {
      line();
      out += fmt::format("({} {} {})", field.name, wasm::quote_name(name), wasm::quote_name(version));
    }
  }
  --indent_;
  line();
  out += ')';
  return true;
}

Result<void> Printer::print(const ast::CoreModule& module) {
  Space& items = space(scope(), Sort::kCore, CoreSort::kModule);
  const std::optional<std::string>& own = module.module->names.module;
  if (own && !own->empty() && !items.names.has(items.next)) items.names.add(items.next, *own);
  wasm::PrintOptions options;
  options.fold = options_.fold;
  options.operand_stack = options_.operand_stack;
  options.keyword = "core module";
  options.id = fmt::format(" {}(;{};)", items.names.def(items.next), items.next);
  ++items.next;
  options.indent = indent_;
  out += TRY(wasm::print_module(*module.module, options));
  return {};
}

void Printer::print(const ast::CoreInstance& instance) {
  open("core instance " + next(Sort::kCore, CoreSort::kInstance));
  match(
      instance.expr,
      [&](const ast::CoreInstantiate& expr) {
        put(" ");
        open("instantiate " + core_ref(CoreSort::kModule, expr.module));
        for (const ast::CoreInstantiateArg& arg : expr.args) {
          line();
          out += fmt::format("(with {} (instance {}))", wasm::quote_name(arg.name),
                             core_ref(CoreSort::kInstance, arg.instance));
        }
        --indent_;
        if (!expr.args.empty()) line();
        out += ')';
        --indent_;
        if (!expr.args.empty()) line();
      },
      [&](const ast::CoreInlineExports& expr) {
        for (const ast::CoreInlineExport& item : expr.exports) {
          line();
          out += fmt::format("(export {} ({} {}))", wasm::quote_name(item.name), keyword(item.item.sort),
                             core_ref(item.item.sort, item.item.index));
        }
        --indent_;
        if (!expr.exports.empty()) line();
      });
  out += ')';
}

void Printer::sort_index(const ast::SortIndex& item) {
  out += fmt::format("({} {})", keyword(item.sort, item.core),
                     item.sort == Sort::kCore ? core_ref(item.core, item.index) : ref(item.sort, item.index));
}

void Printer::print(const ast::Instance& instance) {
  open("instance " + next(Sort::kInstance));
  match(
      instance.expr,
      [&](const ast::Instantiate& expr) {
        put(" ");
        open("instantiate " + ref(Sort::kComponent, expr.component));
        for (const ast::InstantiateArg& arg : expr.args) {
          line();
          out += fmt::format("(with {} ", wasm::quote_name(arg.name));
          sort_index(arg.item);
          out += ')';
        }
        --indent_;
        if (!expr.args.empty()) line();
        out += ')';
        --indent_;
        if (!expr.args.empty()) line();
      },
      [&](const ast::InlineExports& expr) {
        for (const ast::InlineExport& item : expr.exports) {
          line();
          print(ast::Export{item.name, item.item, {}}, false);
        }
        --indent_;
        if (!expr.exports.empty()) line();
      });
  out += ')';
}

void Printer::print_opts(const ast::CanonOpts& opts) {
  auto add = [&](CanonOption option) {
    switch (option) {
      case CanonOption::kUtf8:
      case CanonOption::kUtf16:
      case CanonOption::kLatin1Utf16:
        put(fmt::format(" string-encoding={}", keyword(StringEncoding{static_cast<std::uint8_t>(option)})));
        break;
      case CanonOption::kMemory:
        put(fmt::format(" (memory {})", core_ref(CoreSort::kMemory, opts.memory.value_or(0))));
        break;
      case CanonOption::kRealloc:
        put(fmt::format(" (realloc {})", core_ref(CoreSort::kFunc, opts.realloc.value_or(0))));
        break;
      case CanonOption::kPostReturn:
        put(fmt::format(" (post-return {})", core_ref(CoreSort::kFunc, opts.post_return.value_or(0))));
        break;
      case CanonOption::kAsync:
        put(" async");
        break;
      case CanonOption::kCallback:
        put(fmt::format(" (callback {})", core_ref(CoreSort::kFunc, opts.callback.value_or(0))));
        break;
      case CanonOption::kCoreType:
        put(fmt::format(" (core-type {})", core_ref(CoreSort::kType, opts.core_type.value_or(0))));
        break;
      case CanonOption::kGc:
        put(" gc");
        break;
    }
  };
  for (std::uint8_t byte : opts.order) add(CanonOption{byte});
  if (!opts.order.empty()) return;
  if (opts.string_encoding) add(CanonOption{static_cast<std::uint8_t>(*opts.string_encoding)});
  if (opts.memory) add(CanonOption::kMemory);
  if (opts.realloc) add(CanonOption::kRealloc);
  if (opts.post_return) add(CanonOption::kPostReturn);
  if (opts.is_async) add(CanonOption::kAsync);
  if (opts.callback) add(CanonOption::kCallback);
  if (opts.core_type) add(CanonOption::kCoreType);
  if (opts.is_gc) add(CanonOption::kGc);
}

void Printer::print(const ast::Canon& canon) {
  match(
      canon,
      [&](const ast::CanonLift& lift) {
        put(fmt::format("(func {} (type {}) (canon lift (core func {})", next(Sort::kFunc), ref(Sort::kType, lift.type),
                        core_ref(CoreSort::kFunc, lift.core_func)));
        print_opts(lift.opts);
        put("))");
      },
      [&](const ast::CanonLower& lower) {
        std::string func = ref(Sort::kFunc, lower.func);
        put(fmt::format("(core func {} (canon lower (func {})", next(Sort::kCore, CoreSort::kFunc), func));
        print_opts(lower.opts);
        put("))");
      },
      [&](const ast::CanonBuiltin& builtin) { print(builtin); });
}

void Printer::print(const ast::CanonBuiltin& canon) {
  const CanonInfo* info = find_canon(canon.opcode);
  put(fmt::format("(core func {} (canon {}", next(Sort::kCore, CoreSort::kFunc), info == nullptr ? "?" : info->name));
  auto type = [&] { put(" " + ref(Sort::kType, canon.type)); };
  auto core_type = [&] { put(" " + core_ref(CoreSort::kType, canon.type)); };
  auto table = [&] { put(" " + core_ref(CoreSort::kTable, canon.table)); };
  auto flag = [&](bool set, std::string_view word) {
    if (set) put(fmt::format(" {}", word));
  };
  switch (info == nullptr ? CanonImmediates::kNone : info->immediates) {
    case CanonImmediates::kNone:
      break;
    case CanonImmediates::kOpts:
      print_opts(canon.opts);
      break;
    case CanonImmediates::kResource:
    case CanonImmediates::kType:
      type();
      break;
    case CanonImmediates::kTypeOpts:
      type();
      print_opts(canon.opts);
      break;
    case CanonImmediates::kTypeAsync:
      type();
      flag(canon.is_async, "async");
      break;
    case CanonImmediates::kResultOpts:
      if (canon.result) put(fmt::format(" (result {})", val_type(*canon.result)));
      print_opts(canon.opts);
      break;
    case CanonImmediates::kAsync:
      flag(canon.is_async, "async");
      break;
    case CanonImmediates::kCancel:
      flag(canon.is_cancellable, "cancellable");
      break;
    case CanonImmediates::kCancelMemory:
      flag(canon.is_cancellable, "cancellable");
      put(fmt::format(" (memory {})", core_ref(CoreSort::kMemory, canon.memory)));
      break;
    case CanonImmediates::kSlot:
      put(fmt::format(" {} {}", core_val_type(canon.core_type), canon.slot));
      break;
    case CanonImmediates::kCoreTypeTable:
      core_type();
      table();
      break;
    case CanonImmediates::kShared:
      flag(canon.is_shared, "shared");
      break;
    case CanonImmediates::kSharedType:
      flag(canon.is_shared, "shared");
      core_type();
      break;
    case CanonImmediates::kSharedTypeTable:
      flag(canon.is_shared, "shared");
      core_type();
      table();
      break;
  }
  put("))");
}

void Printer::print(const ast::Start& start) {
  put(fmt::format("(start {}", ref(Sort::kFunc, start.func)));
  for (std::uint32_t arg : start.args) put(fmt::format(" (value {})", ref(Sort::kValue, arg)));
  for (std::uint32_t i = 0; i < start.results && i < 1000; ++i)
    put(fmt::format(" (result (value {}))", next(Sort::kValue)));
  put(")");
}

void Printer::print(const ast::Import& import) {
  put("(import ");
  extern_name(import.name);
  put(" ");
  extern_type(import.type, true);
  put(")");
}

void Printer::print(const ast::Export& item, bool named) {
  put("(export ");
  std::string text =
      item.item.sort == Sort::kCore ? core_ref(item.item.core, item.item.index) : ref(item.item.sort, item.item.index);
  if (named) put(next(item.item.sort, item.item.core) + " ");
  extern_name(item.name);
  put(fmt::format(" ({} {})", keyword(item.item.sort, item.item.core), text));
  if (item.type) {
    put(" ");
    extern_type(*item.type, false);
  }
  put(")");
}

}  // namespace witc::component
