// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/core/print_names.h"

#include <algorithm>

#include "wasm/core/type_text.h"
#include "wasm/utf8.h"

namespace witc::wasm {
namespace {

bool is_id_char(char c) {
  constexpr std::string_view kPunctuation = "!#$%&'*+-./:<=>?@\\^_`|~";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         kPunctuation.find(c) != std::string_view::npos;
}

/// Decodes one code point of valid UTF-8.
char32_t next_code(std::string_view text, std::size_t& at) {
  auto first = static_cast<unsigned char>(text[at++]);
  int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
  char32_t code = more == 0 ? first : first & (0x3fU >> more);
  while (more-- > 0 && at < text.size()) code = code << 6 | (static_cast<unsigned char>(text[at++]) & 0x3fU);
  return code;
}

template <class Index>
void fill(IdentifierSpace& space, const std::map<Index, std::string>& names) {
  for (const auto& [index, name] : names) space.add(index.value, name);
}

}  // namespace

std::string to_identifier(std::string_view name) {
  if (!name.empty() && std::ranges::all_of(name, is_id_char)) return fmt::format("${}", name);
  return "$" + quote_name(name);
}

std::string quote_name(std::string_view name) {
  std::string out = "\"";
  for (std::size_t at = 0; at < name.size();) {
    char32_t code = next_code(name, at);
    if (code >= 0x20 && code < 0x7f && code != '"' && code != '\\') {
      out += static_cast<char>(code);
    } else {
      out += fmt::format("\\u{{{:x}}}", static_cast<std::uint32_t>(code));
    }
  }
  return out + '"';
}

std::string quote_bytes(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (std::uint8_t byte : bytes) {
    if (byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\') {
      out += static_cast<char>(byte);
    } else {
      out += '\\';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out + '"';
}

Identifiers::Identifiers(const Module& module, bool all) : module_(module), all_(all) {
  const Names& names = module.names;
  fill(types, names.types);
  fill(funcs, names.funcs);
  fill(tables, names.tables);
  fill(memories, names.memories);
  fill(globals, names.globals);
  fill(tags, names.tags);
  fill(elems, names.elems);
  fill(datas, names.datas);
  for (const auto& [key, name] : names.fields)
    fields.try_emplace(key.first, "field").first->second.add(key.second, name);
  if (!all) return;
  types.name_rest(module.types.size());
  funcs.name_rest(module.funcs.size());
  tables.name_rest(module.tables.size());
  memories.name_rest(module.memories.size());
  globals.name_rest(module.globals.size());
  tags.name_rest(module.tags.size());
  elems.name_rest(module.elements.size());
  datas.name_rest(module.data.size());
}

IdentifierSpace Identifiers::locals(FuncIndex func) const {
  IdentifierSpace space("local");
  const auto& names = module_.names.locals;
  for (auto it = names.lower_bound({func, LocalIndex(0)}); it != names.end() && it->first.first == func; ++it) {
    space.add(it->first.second.value, it->second);
  }
  if (!all_ || !module_.funcs.contains(func)) return space;
  std::size_t count = 0;
  const TypeIndex type = module_.funcs[func].type;
  if (module_.types.contains(type)) {
    if (const auto* signature = std::get_if<FuncType>(&module_.types[type].type)) count = signature->params.size();
  }
  for (const LocalGroup& group : module_.funcs[func].locals) count += group.count;
  space.name_rest(count);
  return space;
}

std::string Identifiers::heap_type(const HeapType& type) const {
  return type.kind == HeapType::kIndex ? with_attributes(type, types.ref(type.index.value)) : to_string(type);
}

std::string Identifiers::ref_type(const RefType& type) const {
  if (type.heap.kind != HeapType::kIndex) return to_string(type);
  return fmt::format("(ref {}{})", type.nullable ? "null " : "", heap_type(type.heap));
}

std::string Identifiers::val_type(const ValType& type) const {
  return type.is_ref() ? ref_type(type.ref) : to_string(type);
}

std::string Identifiers::signature(const FuncType& type) const {
  std::string out;
  auto list = [&](std::string_view word, const std::vector<ValType>& types) {
    if (types.empty()) return;
    out += fmt::format(" ({}", word);
    for (const ValType& item : types) out += " " + val_type(item);
    out += ')';
  };
  list("param", type.params);
  list("result", type.results);
  return out;
}

}  // namespace witc::wasm
