// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The sections of a component from binary (wasm/component/decode.h; component-model Binary.md). Nested
// components recurse, to a limit; nested modules go to the core decoder.
#include "wasm/component/decode.h"

#include <fmt/format.h>

#include "wasm/binary_reader.h"
#include "wasm/component/canon.h"
#include "wasm/component/decode_types.h"
#include "wasm/component/limits.h"
#include "wasm/core/decode.h"
#include "wasm/core/type_binary.h"

namespace witc::component {
namespace {

using wasm::BinaryReader;

class Decoder {
 public:
  explicit Decoder(const SourceMap& sources) : sources_(sources) {}

  Result<ast::Component> component(BinaryReader reader, std::uint32_t depth);

 private:
  Result<void> section(std::uint8_t id, BinaryReader& body, std::uint32_t depth, ast::Component& out);
  Result<void> single(std::uint8_t id, BinaryReader& body, std::uint32_t depth, ast::Component& out);

  const SourceMap& sources_;
};

Result<ast::CoreInstance> read_core_instance(BinaryReader& reader) {
  std::uint8_t byte = TRY(reader.u8());
  if (byte == 0x00) {
    ast::CoreInstantiate expr;
    expr.module = TRY(reader.u32());
    std::uint32_t count = TRY(reader.count(kMaxInstantiateArgs, "core instantiation arguments"));
    for (std::uint32_t i = 0; i < count; ++i) {
      std::string name = TRY(read_string(reader));
      std::uint8_t kind = TRY(reader.u8());
      if (kind != 0x12) return invalid_byte(reader, kind, "instantiation arg kind");
      expr.args.push_back({std::move(name), TRY(reader.u32())});
    }
    return ast::CoreInstance{std::move(expr)};
  }
  if (byte != 0x01) return invalid_byte(reader, byte, "core instance");
  ast::CoreInlineExports expr;
  std::uint32_t count = TRY(reader.count(kMaxInstanceExports, "core instantiation exports"));
  for (std::uint32_t i = 0; i < count; ++i) {
    std::string name = TRY(read_string(reader));
    CoreSort sort = TRY(read_core_sort(reader));
    expr.exports.push_back({std::move(name), {sort, TRY(reader.u32())}});
  }
  return ast::CoreInstance{std::move(expr)};
}

Result<ast::SortIndex> read_sort_index(BinaryReader& reader) {
  auto [sort, core] = TRY(read_sort(reader));
  return ast::SortIndex{sort, core, TRY(reader.u32())};
}

Result<ast::Instance> read_instance(BinaryReader& reader) {
  std::uint8_t byte = TRY(reader.u8());
  if (byte == 0x00) {
    ast::Instantiate expr;
    expr.component = TRY(reader.u32());
    std::uint32_t count = TRY(reader.count(kMaxInstantiateArgs, "instantiation arguments"));
    for (std::uint32_t i = 0; i < count; ++i) {
      std::string name = TRY(read_string(reader));
      expr.args.push_back({std::move(name), TRY(read_sort_index(reader))});
    }
    return ast::Instance{std::move(expr)};
  }
  if (byte != 0x01) return invalid_byte(reader, byte, "instance");
  ast::InlineExports expr;
  std::uint32_t count = TRY(reader.count(kMaxInstanceExports, "instantiation exports"));
  for (std::uint32_t i = 0; i < count; ++i) {
    ast::NameAttributes name = TRY(read_name(reader));
    expr.exports.push_back({std::move(name), TRY(read_sort_index(reader))});
  }
  return ast::Instance{std::move(expr)};
}

Result<ast::CanonOpts> read_opts(BinaryReader& reader) {
  ast::CanonOpts opts;
  std::uint32_t count = TRY(reader.count(kMaxCanonOptions, "canonical options"));
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint8_t byte = TRY(reader.u8());
    if (byte > 0x09) return invalid_byte(reader, byte, "canonical option");
    opts.order.push_back(byte);
    switch (CanonOption{byte}) {
      case CanonOption::kUtf8:
      case CanonOption::kUtf16:
      case CanonOption::kLatin1Utf16:
        opts.string_encoding = StringEncoding{byte};
        break;
      case CanonOption::kMemory:
        opts.memory = TRY(reader.u32());
        break;
      case CanonOption::kRealloc:
        opts.realloc = TRY(reader.u32());
        break;
      case CanonOption::kPostReturn:
        opts.post_return = TRY(reader.u32());
        break;
      case CanonOption::kAsync:
        opts.is_async = true;
        break;
      case CanonOption::kCallback:
        opts.callback = TRY(reader.u32());
        break;
      case CanonOption::kCoreType:
        opts.core_type = TRY(reader.u32());
        break;
      case CanonOption::kGc:
        opts.is_gc = true;
        break;
    }
  }
  return opts;
}

Result<ast::CanonBuiltin> read_builtin(BinaryReader& reader, std::uint8_t opcode) {
  const CanonInfo* info = find_canon(opcode);
  if (info == nullptr) return invalid_byte(reader, opcode, "canonical function");
  ast::CanonBuiltin canon;
  canon.opcode = opcode;
  switch (info->immediates) {
    case CanonImmediates::kNone:
      break;
    case CanonImmediates::kOpts:
      canon.opts = TRY(read_opts(reader));
      break;
    case CanonImmediates::kResource:
    case CanonImmediates::kType:
      canon.type = TRY(reader.u32());
      break;
    case CanonImmediates::kTypeOpts:
      canon.type = TRY(reader.u32());
      canon.opts = TRY(read_opts(reader));
      break;
    case CanonImmediates::kTypeAsync:
      canon.type = TRY(reader.u32());
      canon.is_async = TRY(read_flag(reader, "async"));
      break;
    case CanonImmediates::kResultOpts:
      canon.result = TRY(read_result(reader));
      canon.opts = TRY(read_opts(reader));
      break;
    case CanonImmediates::kAsync:
      canon.is_async = TRY(read_flag(reader, "async"));
      break;
    case CanonImmediates::kCancel:
      canon.is_cancellable = TRY(read_flag(reader, "cancellable"));
      break;
    case CanonImmediates::kCancelMemory:
      canon.is_cancellable = TRY(read_flag(reader, "cancellable"));
      canon.memory = TRY(reader.u32());
      break;
    case CanonImmediates::kSlot:
      canon.core_type = TRY(wasm::read_val_type(reader));
      canon.slot = TRY(reader.u32());
      break;
    case CanonImmediates::kCoreTypeTable:
      canon.type = TRY(reader.u32());
      canon.table = TRY(reader.u32());
      break;
    case CanonImmediates::kShared:
      canon.is_shared = TRY(read_flag(reader, "shared"));
      break;
    case CanonImmediates::kSharedType:
    case CanonImmediates::kSharedTypeTable:
      canon.is_shared = TRY(read_flag(reader, "shared"));
      canon.type = TRY(reader.u32());
      if (info->immediates == CanonImmediates::kSharedTypeTable) canon.table = TRY(reader.u32());
      break;
  }
  return canon;
}

Result<ast::Canon> read_canon(BinaryReader& reader) {
  std::uint8_t opcode = TRY(reader.u8());
  if (opcode > 0x01) return ast::Canon(TRY(read_builtin(reader, opcode)));
  std::uint8_t sort = TRY(reader.u8());
  if (sort != 0x00) {
    return invalid_byte(reader, sort, opcode == 0 ? "canonical function lift" : "canonical function lower");
  }
  std::uint32_t func = TRY(reader.u32());
  ast::CanonOpts opts = TRY(read_opts(reader));
  if (opcode == 0x01) return ast::Canon(ast::CanonLower{func, std::move(opts)});
  return ast::Canon(ast::CanonLift{func, std::move(opts), TRY(reader.u32())});
}

Result<ast::Start> read_start(BinaryReader& reader) {
  ast::Start start;
  start.func = TRY(reader.u32());
  std::uint32_t count = TRY(reader.count(kMaxStartArgs, "start function arguments"));
  for (std::uint32_t i = 0; i < count; ++i) start.args.push_back(TRY(reader.u32()));
  start.results = TRY(reader.u32());
  return start;
}

Result<ast::Import> read_import(BinaryReader& reader) {
  ast::NameAttributes name = TRY(read_name(reader));
  return ast::Import{std::move(name), TRY(read_externtype(reader))};
}

Result<ast::Export> read_export(BinaryReader& reader) {
  ast::Export item;
  item.name = TRY(read_name(reader));
  item.item = TRY(read_sort_index(reader));
  if (TRY(read_flag(reader, "optional component export type"))) item.type = TRY(read_externtype(reader));
  return item;
}

/// One subsection of `component-name`; those of other kinds are skipped.
Result<void> read_name_subsection(std::uint8_t id, BinaryReader& body, ast::ComponentNames& names) {
  if (id == 0) {
    names.component = TRY(read_string(body));
  } else if (id == 1) {
    auto [sort, core] = TRY(read_sort(body));
    std::uint32_t count = TRY(body.count(kMaxDefinitions, "names"));
    for (std::uint32_t i = 0; i < count; ++i) {
      std::uint32_t index = TRY(body.u32());
      names.entries.push_back({{sort, core, index}, TRY(read_string(body))});
    }
  }
  return {};
}

Result<ast::ComponentNames> read_names(BinaryReader body) {
  ast::ComponentNames names;
  while (!body.at_end()) {
    std::uint8_t id = TRY(body.u8());
    BinaryReader part = TRY(body.sized_part());
    TRY(read_name_subsection(id, part, names));
  }
  return names;
}

/// The items of a section that holds a vector.
template <class Read>
Result<void> read_items(BinaryReader& body, std::string_view what, ast::Component& out, Read&& read) {
  std::uint32_t count = TRY(body.count(kMaxDefinitions, what));
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint32_t offset = body.offset();
    auto item = TRY(read(body));
    out.definitions.push_back({std::move(item), offset, i == 0});
  }
  return {};
}

Result<void> Decoder::single(std::uint8_t id, BinaryReader& body, std::uint32_t depth, ast::Component& out) {
  std::uint32_t offset = body.offset();
  auto push = [&](auto item) { out.definitions.push_back({std::move(item), offset, true}); };
  if (id == 0) {
    std::string name = TRY(read_string(body));
    if (name == "component-name") {
      if (auto names = read_names(body)) out.names = std::move(*names);
    }
    push(ast::CustomSection{std::move(name), body.rest()});
    (void)TRY(body.take(body.remaining()));
  } else if (id == 1) {
    Span span{body.source(), offset, offset + static_cast<std::uint32_t>(body.remaining())};
    if (wasm::is_component(body.rest())) return body.malformed("unknown binary version and encoding combination");
    push(ast::CoreModule{std::make_unique<wasm::Module>(TRY(wasm::decode_module(sources_, span)))});
    (void)TRY(body.take(body.remaining()));
  } else if (id == 4) {
    push(std::make_unique<ast::Component>(TRY(component(body, depth + 1))));
    (void)TRY(body.take(body.remaining()));
  } else {
    push(TRY(read_start(body)));
  }
  return {};
}

Result<void> Decoder::section(std::uint8_t id, BinaryReader& body, std::uint32_t depth, ast::Component& out) {
  switch (id) {
    case 0:
    case 1:
    case 4:
    case 9:
      return single(id, body, depth, out);
    case 2:
      return read_items(body, "core instances", out, read_core_instance);
    case 3:
      return read_items(body, "core types", out, read_core_type);
    case 5:
      return read_items(body, "instances", out, read_instance);
    case 6:
      return read_items(body, "aliases", out, read_alias);
    case 7:
      return read_items(body, "types", out, [](BinaryReader& r) { return read_type(r, 0); });
    case 8:
      return read_items(body, "canonical definitions", out, read_canon);
    case 10:
      return read_items(body, "imports", out, read_import);
    case 11:
      return read_items(body, "exports", out, read_export);
    default:
      return body.malformed(fmt::format("malformed section id: {}", id));
  }
}

Result<ast::Component> Decoder::component(BinaryReader reader, std::uint32_t depth) {
  if (depth > kMaxNesting) {
    return error(DiagCode::kComponentLimit, {reader.source(), reader.offset(), reader.offset() + 1},
                 fmt::format("components are nested more than {} deep", kMaxNesting));
  }
  ast::Component out;
  out.source = reader.source();
  out.offset = reader.offset();
  out.bytes = reader.bytes();
  if (TRY(reader.u32_le()) != 0x6d736100) return reader.malformed(out.offset, "magic header not detected");
  std::uint32_t version = TRY(reader.u32_le());
  if (version != 0x0001000d) {
    bool module = version == 1;
    return reader.malformed(out.offset + 4, module ? "a core module stands where a component was expected"
                                                   : fmt::format("unknown binary version: 0x{:x}", version));
  }
  while (!reader.at_end()) {
    std::uint8_t id = TRY(reader.u8());
    BinaryReader body = TRY(reader.sized_part());
    TRY(section(id, body, depth, out));
    TRY(body.expect_end("section size mismatch: unexpected data at the end of the section"));
  }
  return out;
}

}  // namespace

Result<ast::Component> decode_component(const SourceMap& sources, Span span) {
  BinaryReader reader(span.source, sources.bytes(span.source).subspan(span.begin, span.end - span.begin), span.begin,
                      DiagCode::kComponentMalformed);
  return Decoder(sources).component(reader, 0);
}

}  // namespace witc::component
