// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Custom sections in text: `(@custom ...)` for any, and the forms of those whose contents witc knows (core
// specification, appendix "Custom Sections and Annotations"; `producers` and `dylink.0` are conventions of tools).
#include <fmt/format.h>

#include <algorithm>

#include "wasm/core/parse_module.h"
#include "wasm/core/sections.h"
#include "wasm/core/symbol_flags.h"

namespace witc::wasm {

/// `(before sec)` or `(after sec)`, where `sec` is the name of a section, `first` or `last`.
Result<void> ModuleParser::custom_place(std::uint8_t& after) {
  constexpr std::pair<std::string_view, std::uint8_t> kNames[] = {
      {"type", kTypeSection},     {"import", kImportSection}, {"func", kFunctionSection},
      {"table", kTableSection},   {"memory", kMemorySection}, {"global", kGlobalSection},
      {"export", kExportSection}, {"start", kStartSection},   {"elem", kElementSection},
      {"code", kCodeSection},     {"data", kDataSection},     {"datacount", kDataCountSection},
      {"tag", kTagSection}};
  bool before = in_.take_form("before");
  if (!before && !in_.take_form("after")) {
    if (in_.at(Token::kLeft)) return in_.malformed("@custom annotation: malformed placement, expected `before` or `after`");
    return {};
  }
  if (in_.take_keyword("first")) {
    after = before ? kCustomSection : kTypeSection;
  } else if (in_.take_keyword("last")) {
    after = before ? kCodeSection : kDataSection;
  } else {
    const auto* found = std::ranges::find(kNames, in_.text(), &std::pair<std::string_view, std::uint8_t>::first);
    if (found == std::end(kNames)) return in_.malformed("@custom annotation: malformed section kind");
    in_.skip();
    unsigned position = section_order(found->second);  // from 1
    after = !before ? found->second : position == 1 ? std::uint8_t{kCustomSection} : kSectionOrder[position - 2];
  }
  return in_.close();
}

Result<void> ModuleParser::custom_field() {
  in_.skip();
  CustomSection section;
  section.offset = in_.offset();
  section.after = kDataSection;
  if (!in_.at(Token::kString)) return in_.malformed("@custom annotation: missing section name");
  section.name = TRY(in_.name());
  TRY(custom_place(section.after));
  section.bytes = module_.owned.emplace_back(TRY(strings()));
  if (!in_.at(Token::kRight)) return in_.malformed("@custom annotation: unexpected token");
  module_.customs.push_back(std::move(section));
  return in_.close();
}

/// `(@producers (language "C" "11") ...)`, as a `producers` section.
Result<void> ModuleParser::producers_field() {
  in_.skip();
  std::vector<std::pair<std::string, std::vector<std::pair<std::string, std::string>>>> fields;
  while (in_.at(Token::kLeft)) {
    in_.skip();
    std::string field(in_.text());
    if (field != "language" && field != "sdk" && field != "processed-by") {
      return in_.unexpected("`language`, `sdk` or `processed-by`");
    }
    in_.skip();
    std::string name = TRY(in_.name());
    std::string version = TRY(in_.name());
    TRY(in_.close());
    auto found = std::ranges::find(fields, field, [](const auto& entry) { return entry.first; });
    if (found == fields.end()) found = fields.insert(fields.end(), {field, {}});
    found->second.emplace_back(std::move(name), std::move(version));
  }
  BinaryWriter out;
  out.vec(fields, [](BinaryWriter& to, const auto& field) {
    to.name(field.first).vec(field.second, [](BinaryWriter& inner, const auto& value) {
      inner.name(value.first).name(value.second);
    });
  });
  module_.customs.push_back({"producers", module_.owned.emplace_back(out.take()), kDataSection, in_.offset()});
  return in_.close();
}

// -- dylink.0 -----------------------------------------------------------------------------------

/// `binding-weak undefined 4`: words of symbol_flags.h and numbers, taken together.
Result<std::uint32_t> ModuleParser::symbol_flags() {
  std::uint32_t flags = 0;
  while (!in_.at(Token::kRight)) {
    if (in_.at(Token::kNumber)) {
      flags |= TRY(in_.u32());
      continue;
    }
    const auto* found = std::ranges::find(kSymbolFlags, in_.text(), &SymbolFlag::word);
    if (!in_.at(Token::kKeyword) || found == std::end(kSymbolFlags)) return in_.unexpected("a flag of a symbol");
    flags |= found->bit;
    in_.skip();
  }
  return flags;
}

/// `(memory SIZE ALIGN)? (table SIZE ALIGN)?`
Result<void> ModuleParser::dylink_sizes(BinaryWriter& out) {
  for (std::string_view word : {"memory", "table"}) {
    if (!in_.take_form(word)) {
      out.u32(0).u32(0);
      continue;
    }
    std::uint32_t size = TRY(in_.u32());
    out.u32(size).u32(TRY(in_.u32()));
    TRY(in_.close());
  }
  return {};
}

/// `(@dylink.0 (mem-info ...) (needed "a") (export-info "f" flags) (import-info "m" "f" flags) (runtime-path "p"))`:
/// a `dylink.0` section (tool-conventions, "DynamicLinking"). Neighbouring infos share a subsection.
Result<void> ModuleParser::dylink_field() {
  constexpr std::string_view kWords[] = {"mem-info", "needed", "export-info", "import-info", "runtime-path"};
  CustomSection section{"dylink.0", {}, kCustomSection, in_.offset()};
  in_.skip();
  struct Subsection {
    std::uint8_t id = 0;
    std::uint32_t count = 0;
    BinaryWriter items;
  };
  std::vector<Subsection> subsections;
  while (in_.at(Token::kLeft)) {
    in_.skip();
    const auto* word = std::ranges::find(kWords, in_.text());
    if (word == std::end(kWords)) return in_.unexpected("a part of a `dylink.0` section");
    in_.skip();
    const auto id = static_cast<std::uint8_t>(word - kWords + 1);
    const bool is_info = *word == "export-info" || *word == "import-info";
    if (!is_info || subsections.empty() || subsections.back().id != id) subsections.push_back({id, 0, {}});
    Subsection& part = subsections.back();
    if (*word == "mem-info") {
      TRY(dylink_sizes(part.items));
    } else {
      const std::size_t names = *word == "import-info" ? 2 : *word == "export-info" ? 1 : ~std::size_t{0};
      for (std::size_t i = 0; i < names && (is_info || in_.at(Token::kString)); ++i) {
        part.items.name(TRY(in_.name()));
        if (!is_info) ++part.count;
      }
      if (is_info) part.items.u32(TRY(symbol_flags()));
      if (is_info) ++part.count;
    }
    TRY(in_.close());
  }
  BinaryWriter out;
  for (Subsection& part : subsections) {
    out.section(part.id, [&](BinaryWriter& body) {
      if (part.id != 1) body.u32(part.count);
      body.bytes(part.items.view());
    });
  }
  section.bytes = module_.owned.emplace_back(out.take());
  module_.customs.push_back(std::move(section));
  return in_.close();
}

// -- branch hints -------------------------------------------------------------------------------

/// `(@metadata.code.branch_hint "\\01")`: kept for the instruction that must follow.
Result<void> ModuleParser::branch_hint() {
  constexpr FuncIndex kNoFunc(~std::uint32_t{0});
  const Token where = in_.peek();
  if (func_ == kNoFunc) return in_.malformed(where, "@metadata.code.branch_hint annotation: not in a function");
  if (pending_hint_) return in_.malformed(where, "@metadata.code.branch_hint annotation: duplicate annotation");
  in_.skip();
  const Token contents = in_.peek();
  std::vector<std::uint8_t> value = TRY(strings());
  if (contents.kind != Token::kString) return in_.unexpected("a string");
  if (value.size() != 1 || value[0] > 1) {
    return in_.malformed(contents, "@metadata.code.branch_hint annotation: invalid value for branch hint");
  }
  TRY(in_.close());
  pending_hint_ = value[0] == 1;
  if (in_.at_annotation(kBranchHintSection)) return {};  // which is told of being the second
  const bool folded = in_.at(Token::kLeft) && in_.peek(1).kind == Token::kKeyword;
  const std::string_view word = folded ? in_.text(in_.peek(1)) : in_.text();
  if ((!folded && !in_.at(Token::kKeyword)) || word == "then" || word == "else" || word == "end") {
    return in_.malformed(where, "@metadata.code.branch_hint annotation: must precede an instruction");
  }
  return {};
}

/// The hint, if there is one, is that of the instruction about to be written.
void ModuleParser::place_hint(std::optional<bool> hint) {
  if (!hint) return;
  branch_hints_[func_].push_back({static_cast<std::uint32_t>(code_.size()), *hint});
}

void ModuleParser::finish_hints() {
  if (branch_hints_.empty()) return;
  std::vector<std::uint8_t>& bytes = module_.owned.emplace_back(encode_branch_hints(module_, branch_hints_));
  module_.customs.push_back({std::string(kBranchHintSection), bytes, kDataCountSection, 0});
}

}  // namespace witc::wasm
