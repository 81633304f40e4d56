// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/core/names.h"

#include "wasm/binary_reader.h"
#include "wasm/binary_writer.h"

namespace witc::wasm {
namespace {

enum Subsection : std::uint8_t {
  kModule,
  kFuncs,
  kLocals,
  kLabels,
  kTypes,
  kTables,
  kMemories,
  kGlobals,
  kElems,
  kDatas,
  kFields,
  kTags,
};

template <class Index>
Result<void> read_map(BinaryReader& reader, std::map<Index, std::string>& names) {
  std::uint32_t count = TRY(reader.u32());
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint32_t index = TRY(reader.u32());
    names.try_emplace(Index(index), TRY(reader.name()));
  }
  return {};
}

template <class Outer, class Inner>
Result<void> read_indirect_map(BinaryReader& reader, std::map<std::pair<Outer, Inner>, std::string>& names) {
  std::uint32_t outer_count = TRY(reader.u32());
  for (std::uint32_t i = 0; i < outer_count; ++i) {
    Outer outer(TRY(reader.u32()));
    std::uint32_t count = TRY(reader.u32());
    for (std::uint32_t j = 0; j < count; ++j) {
      Inner inner(TRY(reader.u32()));
      names.try_emplace({outer, inner}, TRY(reader.name()));
    }
  }
  return {};
}

Result<void> read_subsection(std::uint8_t id, BinaryReader& reader, Names& names) {
  switch (id) {
    case kModule:
      names.module = std::string(TRY(reader.name()));
      return {};
    case kFuncs:
      return read_map(reader, names.funcs);
    case kLocals:
      return read_indirect_map(reader, names.locals);
    case kLabels:
      return read_indirect_map(reader, names.labels);
    case kTypes:
      return read_map(reader, names.types);
    case kTables:
      return read_map(reader, names.tables);
    case kMemories:
      return read_map(reader, names.memories);
    case kGlobals:
      return read_map(reader, names.globals);
    case kElems:
      return read_map(reader, names.elems);
    case kDatas:
      return read_map(reader, names.datas);
    case kFields:
      return read_indirect_map(reader, names.fields);
    case kTags:
      return read_map(reader, names.tags);
    default:
      return {};
  }
}

Result<void> read_all(BinaryReader reader, Names& names) {
  while (!reader.at_end()) {
    std::uint8_t id = TRY(reader.u8());
    BinaryReader body = TRY(reader.sized_part());
    TRY(read_subsection(id, body, names));
  }
  return {};
}

std::uint32_t number(std::uint32_t value) { return value; }
template <class Tag>
std::uint32_t number(Id<Tag> id) {
  return id.value;
}

template <class Index>
void write_map(BinaryWriter& out, Subsection id, const std::map<Index, std::string>& names) {
  if (names.empty()) return;
  out.section(id, [&](BinaryWriter& body) {
    body.vec(names, [](BinaryWriter& to, const auto& entry) { to.u32(number(entry.first)).name(entry.second); });
  });
}

template <class Outer, class Inner>
void write_indirect_map(BinaryWriter& out, Subsection id, const std::map<std::pair<Outer, Inner>, std::string>& names) {
  if (names.empty()) return;
  std::map<Outer, std::map<Inner, std::string_view>> by_outer;
  for (const auto& [key, name] : names) by_outer[key.first].emplace(key.second, name);
  out.section(id, [&](BinaryWriter& body) {
    body.vec(by_outer, [](BinaryWriter& to, const auto& outer) {
      to.u32(number(outer.first)).vec(outer.second, [](BinaryWriter& inner, const auto& entry) {
        inner.u32(number(entry.first)).name(entry.second);
      });
    });
  });
}

}  // namespace

Names decode_names(const CustomSection& section, SourceId source) {
  Names names;
  // A malformed rest is ignored: names carry no meaning.
  (void)read_all(BinaryReader(source, section.bytes, section.offset), names).has_value();
  return names;
}

std::vector<std::uint8_t> encode_names(const Names& names) {
  BinaryWriter out;
  if (names.module) out.section(kModule, [&](BinaryWriter& body) { body.name(*names.module); });
  write_map(out, kFuncs, names.funcs);
  write_indirect_map(out, kLocals, names.locals);
  write_indirect_map(out, kLabels, names.labels);
  write_map(out, kTypes, names.types);
  write_map(out, kTables, names.tables);
  write_map(out, kMemories, names.memories);
  write_map(out, kGlobals, names.globals);
  write_map(out, kElems, names.elems);
  write_map(out, kDatas, names.datas);
  write_indirect_map(out, kFields, names.fields);
  write_map(out, kTags, names.tags);
  return out.take();
}

}  // namespace witc::wasm
