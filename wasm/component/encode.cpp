// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The sections of a component in binary (wasm/component/encode.h; component-model Binary.md). A run of
// definitions of one sort becomes one section; the section ids are the positions in Definition::item.
#include "wasm/component/encode.h"

#include <map>

#include "base/overloaded.h"
#include "wasm/binary_writer.h"
#include "wasm/component/canon.h"
#include "wasm/component/encode_types.h"
#include "wasm/core/encode.h"
#include "wasm/core/type_binary.h"

namespace witc::component {
namespace {

using wasm::BinaryWriter;

std::uint8_t byte(auto value) { return static_cast<std::uint8_t>(value); }

void write_core_instance(BinaryWriter& out, const ast::CoreInstance& instance) {
  match(
      instance.expr,
      [&](const ast::CoreInstantiate& expr) {
        out.u8(0x00).u32(expr.module).vec(expr.args, [](BinaryWriter& o, const ast::CoreInstantiateArg& arg) {
          o.name(arg.name).u8(0x12).u32(arg.instance);
        });
      },
      [&](const ast::CoreInlineExports& expr) {
        out.u8(0x01).vec(expr.exports, [](BinaryWriter& o, const ast::CoreInlineExport& item) {
          o.name(item.name).u8(byte(item.item.sort)).u32(item.item.index);
        });
      });
}

void write_sort_index(BinaryWriter& out, const ast::SortIndex& item) {
  write_sort(out, item.sort, item.core);
  out.u32(item.index);
}

void write_instance(BinaryWriter& out, const ast::Instance& instance) {
  match(
      instance.expr,
      [&](const ast::Instantiate& expr) {
        out.u8(0x00).u32(expr.component).vec(expr.args, [](BinaryWriter& o, const ast::InstantiateArg& arg) {
          o.name(arg.name);
          write_sort_index(o, arg.item);
        });
      },
      [&](const ast::InlineExports& expr) {
        out.u8(0x01).vec(expr.exports, [](BinaryWriter& o, const ast::InlineExport& item) {
          write_name(o, item.name);
          write_sort_index(o, item.item);
        });
      });
}

/// The options' opcodes in the order they stood, or for built ones the usual order.
std::vector<std::uint8_t> order_of(const ast::CanonOpts& opts) {
  if (!opts.order.empty()) return opts.order;
  std::vector<std::uint8_t> order;
  auto add = [&](bool present, CanonOption option) {
    if (present) order.push_back(byte(option));
  };
  if (opts.string_encoding) order.push_back(byte(*opts.string_encoding));
  add(opts.memory.has_value(), CanonOption::kMemory);
  add(opts.realloc.has_value(), CanonOption::kRealloc);
  add(opts.post_return.has_value(), CanonOption::kPostReturn);
  add(opts.is_async, CanonOption::kAsync);
  add(opts.callback.has_value(), CanonOption::kCallback);
  add(opts.core_type.has_value(), CanonOption::kCoreType);
  add(opts.is_gc, CanonOption::kGc);
  return order;
}

void write_opts(BinaryWriter& out, const ast::CanonOpts& opts) {
  out.vec(order_of(opts), [&](BinaryWriter& o, std::uint8_t opcode) {
    o.u8(opcode);
    switch (CanonOption{opcode}) {
      case CanonOption::kUtf8:
      case CanonOption::kUtf16:
      case CanonOption::kLatin1Utf16:
      case CanonOption::kAsync:
      case CanonOption::kGc:
        break;
      case CanonOption::kMemory:
        o.u32(opts.memory.value_or(0));
        break;
      case CanonOption::kRealloc:
        o.u32(opts.realloc.value_or(0));
        break;
      case CanonOption::kPostReturn:
        o.u32(opts.post_return.value_or(0));
        break;
      case CanonOption::kCallback:
        o.u32(opts.callback.value_or(0));
        break;
      case CanonOption::kCoreType:
        o.u32(opts.core_type.value_or(0));
        break;
    }
  });
}

void write_builtin(BinaryWriter& out, const ast::CanonBuiltin& canon) {
  out.u8(canon.opcode);
  const CanonInfo* info = find_canon(canon.opcode);
  if (info == nullptr) return;
  switch (info->immediates) {
    case CanonImmediates::kNone:
      return;
    case CanonImmediates::kOpts:
      return write_opts(out, canon.opts);
    case CanonImmediates::kResource:
    case CanonImmediates::kType:
      out.u32(canon.type);
      return;
    case CanonImmediates::kTypeOpts:
      return write_opts(out.u32(canon.type), canon.opts);
    case CanonImmediates::kTypeAsync:
      out.u32(canon.type).u8(canon.is_async);
      return;
    case CanonImmediates::kResultOpts:
      write_result(out, canon.result);
      return write_opts(out, canon.opts);
    case CanonImmediates::kAsync:
      out.u8(canon.is_async);
      return;
    case CanonImmediates::kCancel:
      out.u8(canon.is_cancellable);
      return;
    case CanonImmediates::kCancelMemory:
      out.u8(canon.is_cancellable).u32(canon.memory);
      return;
    case CanonImmediates::kSlot:
      wasm::write_val_type(out, canon.core_type);
      out.u32(canon.slot);
      return;
    case CanonImmediates::kCoreTypeTable:
      out.u32(canon.type).u32(canon.table);
      return;
    case CanonImmediates::kShared:
      out.u8(canon.is_shared);
      return;
    case CanonImmediates::kSharedType:
      out.u8(canon.is_shared).u32(canon.type);
      return;
    case CanonImmediates::kSharedTypeTable:
      out.u8(canon.is_shared).u32(canon.type).u32(canon.table);
      return;
  }
}

void write_canon(BinaryWriter& out, const ast::Canon& canon) {
  match(
      canon,
      [&](const ast::CanonLift& lift) {
        out.u8(0x00).u8(0x00).u32(lift.core_func);
        write_opts(out, lift.opts);
        out.u32(lift.type);
      },
      [&](const ast::CanonLower& lower) {
        out.u8(0x01).u8(0x00).u32(lower.func);
        write_opts(out, lower.opts);
      },
      [&](const ast::CanonBuiltin& builtin) { write_builtin(out, builtin); });
}

void write_import(BinaryWriter& out, const ast::Import& import) {
  write_name(out, import.name);
  write_externtype(out, import.type);
}

void write_export(BinaryWriter& out, const ast::Export& item) {
  write_name(out, item.name);
  write_sort_index(out, item.item);
  out.u8(item.type ? 1 : 0);
  if (item.type) write_externtype(out, *item.type);
}

/// One definition without its section; those that are a section by themselves are written whole.
void write_item(BinaryWriter& out, const ast::Definition& definition) {
  match(
      definition.item, [&](const ast::CustomSection& custom) { out.name(custom.name).bytes(custom.bytes); },
      [&](const ast::CoreModule& module) {
        if (!module.module->bytes.empty()) {
          out.bytes(module.module->bytes);
        } else {
          out.bytes(wasm::encode_module(*module.module));
        }
      },
      [&](const ast::CoreInstance& instance) { write_core_instance(out, instance); },
      [&](const ast::CoreType& type) { write_core_type(out, type); },
      [&](const std::unique_ptr<ast::Component>& component) { out.bytes(encode(*component)); },
      [&](const ast::Instance& instance) { write_instance(out, instance); },
      [&](const ast::Alias& alias) { write_alias(out, alias); }, [&](const ast::Type& type) { write_type(out, type); },
      [&](const ast::Canon& canon) { write_canon(out, canon); },
      [&](const ast::Start& start) {
        out.u32(start.func).vec(start.args, [](BinaryWriter& o, std::uint32_t arg) { o.u32(arg); });
        out.u32(start.results);
      },
      [&](const ast::Import& import) { write_import(out, import); },
      [&](const ast::Export& item) { write_export(out, item); });
}

/// Whether a section of this id holds one item and not a vector of them.
bool is_single(std::size_t section) { return section == 0 || section == 1 || section == 4 || section == 9; }

void write_names(BinaryWriter& out, const ast::ComponentNames& names) {
  if (!names.component && names.entries.empty()) return;
  std::map<std::pair<Sort, CoreSort>, std::vector<const ast::ComponentNames::Entry*>> by_sort;
  for (const auto& entry : names.entries) by_sort[{entry.item.sort, entry.item.core}].push_back(&entry);
  out.section(0, [&](BinaryWriter& body) {
    body.name("component-name");
    if (names.component) body.section(0, [&](BinaryWriter& o) { o.name(*names.component); });
    for (const auto& [sort, entries] : by_sort) {
      body.section(1, [&](BinaryWriter& o) {
        write_sort(o, sort.first, sort.second);
        o.vec(entries, [](BinaryWriter& item, const auto* entry) { item.u32(entry->item.index).name(entry->name); });
      });
    }
  });
}

bool has_name_section(const ast::Component& component) {
  for (const ast::Definition& definition : component.definitions) {
    const auto* custom = std::get_if<ast::CustomSection>(&definition.item);
    if (custom != nullptr && custom->name == "component-name") return true;
  }
  return false;
}

}  // namespace

std::vector<std::uint8_t> encode(const ast::Component& component) {
  BinaryWriter out;
  out.u32_le(0x6d736100).u32_le(0x0001000d);
  const auto& definitions = component.definitions;
  for (std::size_t begin = 0; begin < definitions.size();) {
    std::size_t section = definitions[begin].item.index();
    std::size_t end = begin + 1;
    while (!is_single(section) && end < definitions.size() && definitions[end].item.index() == section &&
           !definitions[end].starts_section) {
      ++end;
    }
    out.section(byte(section), [&](BinaryWriter& body) {
      if (!is_single(section)) body.u32(static_cast<std::uint32_t>(end - begin));
      for (; begin < end; ++begin) write_item(body, definitions[begin]);
    });
  }
  if (!has_name_section(component)) write_names(out, component.names);
  return out.take();
}

}  // namespace witc::component
