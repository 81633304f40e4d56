// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "linker/link/symbols.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <unordered_map>

#include "linker/new/module_use.h"

namespace witc::linker {
namespace {

using Kind = LinkImportKind;
constexpr std::size_t kShown = 20;  // of the symbols that are missing

/// A library may be needed as `libc.so` and given as `libc.so.wasm`.
std::string stem(std::string_view name) {
  for (std::string_view suffix : {".wasm", ".wat"}) {
    if (name.ends_with(suffix)) name.remove_suffix(suffix.size());
  }
  return std::string(name);
}

/// The kind of export that answers an import; none if no library does.
std::optional<wasm::ExternKind> symbol_kind(const LinkImport& import) {
  static const std::set<std::string, std::less<>> kProgramsOwn = {"__heap_base", "__heap_end", "__stack_high",
                                                                  "__stack_low", kDlLibraries, kProgramTlsInfo};
  switch (import.kind) {
    case Kind::kFunc:
    case Kind::kFuncAddress:
      return wasm::ExternKind::kFunc;
    case Kind::kTag:
      return wasm::ExternKind::kTag;
    case Kind::kDataAddress:
      if (kProgramsOwn.contains(import.name)) return std::nullopt;
      return wasm::ExternKind::kGlobal;
    case Kind::kMemory:
    case Kind::kTable:
    case Kind::kMemoryBase:
    case Kind::kTableBase:
    case Kind::kStackPointer:
    case Kind::kInitStackPointer:
    case Kind::kAsyncify:
    case Kind::kGetTlsBase:
    case Kind::kSetTlsBase:
    case Kind::kOutside:
      break;
  }
  return std::nullopt;
}

bool has_type(const LinkImport& import) { return import.kind == Kind::kFunc || import.kind == Kind::kTag; }

std::string describe(const LinkImport& import) {
  switch (import.kind) {
    case Kind::kTag:
      return fmt::format("tag `{}` {}", import.name, to_string(import.type));
    case Kind::kDataAddress:
      return fmt::format("data `{}`", import.name);
    case Kind::kFuncAddress:
      return fmt::format("address of function `{}`", import.name);
    default:
      return fmt::format("function `{}` {}", import.name, to_string(import.type));
  }
}

class Resolver {
 public:
  Resolver(std::vector<Library> libraries, bool stub_missing)
      : all_(std::move(libraries)), stub_missing_(stub_missing) {}

  Result<Symbols> run() {
    TRY(name_libraries());  // by name, for `needed`
    index_exports();        // by symbol, for imports
    resolve();              // each import to a library
    needed_libraries();     // `needed` to libraries
    keep_reachable();       // from what the program exports
    TRY(check_needed());    // of what is kept
    TRY(check_missing());
    ask_for_tags_first();
    state_.assign(all_.size(), 0);
    for (std::size_t i = 0; i < all_.size(); ++i) place(i);
    TRY(check_tags());  // which no trampoline can stand for
    return collect();
  }

 private:
  Result<void> name_libraries();
  void index_exports();
  void resolve();
  void needed_libraries();
  Result<void> check_needed() const;
  void keep_reachable();
  Result<void> check_missing() const;
  [[nodiscard]] Diagnostic missing(const std::map<std::string, std::set<std::string>>& symbols) const;
  void ask_for_tags_first();
  void place(std::size_t root);
  Result<void> check_tags() const;
  Symbols collect();
  [[nodiscard]] bool may_be_missing(std::size_t library, const LinkImport& import) const;

  std::vector<Library> all_;
  bool stub_missing_;
  std::unordered_map<std::string, std::size_t> by_name_;
  std::unordered_map<std::string, std::vector<std::size_t>> exporters_;  // symbol to libraries, in their order
  std::vector<std::vector<std::optional<std::size_t>>> sources_;
  std::vector<std::vector<std::size_t>> asks_;  // library to libraries
  std::vector<bool> is_kept_;
  std::vector<std::size_t> order_;
  std::vector<int> state_;  // of the walk: 0 not seen, 1 begun, 2 placed
};

Result<void> Resolver::name_libraries() {
  for (std::size_t i = 0; i < all_.size(); ++i) {
    if (by_name_.emplace(stem(all_[i].name), i).second) continue;
    return error(DiagCode::kLinkLibrary, fmt::format("there are two libraries of the name `{}`", all_[i].name))
        .hint("`NAME=FILE` gives a library another name");
  }
  return {};
}

void Resolver::index_exports() {
  for (std::size_t i = 0; i < all_.size(); ++i) {
    for (const auto& [name, item] : all_[i].exports) exporters_[name].push_back(i);
  }
}

void Resolver::resolve() {
  sources_.resize(all_.size());
  asks_.resize(all_.size());
  for (std::size_t i = 0; i < all_.size(); ++i) {
    std::set<std::size_t> asks;
    std::unordered_map<std::string, std::size_t> called;  // a function's address is that of the one that is called
    auto find = [&](const LinkImport& import) -> std::optional<std::size_t> {
      std::optional<wasm::ExternKind> kind = symbol_kind(import);
      if (!kind) return std::nullopt;
      if (auto same = called.find(import.name); import.kind == Kind::kFuncAddress && same != called.end())
        return same->second;
      auto exporters = exporters_.find(import.name);
      if (exporters == exporters_.end()) return std::nullopt;
      for (std::size_t library : exporters->second) {
        const LinkExport* found = all_[library].find(import.name, *kind);
        if (found != nullptr && (!has_type(import) || found->type == import.type)) return library;
      }
      return std::nullopt;
    };
    sources_[i].resize(all_[i].imports.size());
    for (bool addresses : {false, true}) {
      for (std::size_t n = 0; n < all_[i].imports.size(); ++n) {
        const LinkImport& import = all_[i].imports[n];
        if ((import.kind == Kind::kFuncAddress) != addresses) continue;
        sources_[i][n] = find(import);
        if (!sources_[i][n]) continue;
        if (import.kind == Kind::kFunc) called.emplace(import.name, *sources_[i][n]);
        if (*sources_[i][n] != i && asks.insert(*sources_[i][n]).second) asks_[i].push_back(*sources_[i][n]);
      }
    }
  }
}

void Resolver::needed_libraries() {
  for (std::size_t i = 0; i < all_.size(); ++i) {
    for (const std::string& name : all_[i].needed) {
      auto found = by_name_.find(stem(name));
      if (found != by_name_.end() && found->second != i) asks_[i].push_back(found->second);
    }
  }
}

Result<void> Resolver::check_needed() const {
  std::map<std::string, std::set<std::string>> absent;  // name to who needs it
  for (std::size_t i = 0; i < all_.size(); ++i) {
    for (const std::string& name : all_[i].needed) {
      if (is_kept_[i] && !by_name_.contains(stem(name))) absent[name].insert(all_[i].name);
    }
  }
  if (absent.empty()) return {};
  Diagnostic diagnostic =
      error(DiagCode::kLinkLibrary, fmt::format("the library `{}` is needed and was not given", absent.begin()->first));
  for (const auto& [name, needed_by] : absent) {
    for (const std::string& user : needed_by)
      diagnostic = std::move(diagnostic).note(fmt::format("`{}` needs `{}`", user, name));
  }
  return std::move(diagnostic).hint("give its file too, as `NAME=FILE` where the file is called something else");
}

void Resolver::keep_reachable() {
  is_kept_.assign(all_.size(), false);
  std::vector<std::size_t> work;
  auto keep = [&](std::size_t library) {
    if (is_kept_[library]) return;
    is_kept_[library] = true;
    work.push_back(library);
  };
  for (std::size_t i = 0; i < all_.size(); ++i) {
    if (all_[i].has_world_exports || all_[i].is_dl_openable || all_[i].exports.contains(kStart)) keep(i);
  }
  // A program that exports nothing is for the sake of what it imports.
  if (work.empty()) {
    for (std::size_t i = 0; i < all_.size(); ++i) keep(i);
  }
  while (!work.empty()) {
    std::size_t library = work.back();
    work.pop_back();
    for (std::size_t asked : asks_[library]) keep(asked);
  }
}

bool Resolver::may_be_missing(std::size_t library, const LinkImport& import) const {
  if (import.is_weak) return true;
  bool is_func = import.kind == Kind::kFunc || import.kind == Kind::kFuncAddress;
  if (is_func && stub_missing_) return true;
  if (import.kind != Kind::kFuncAddress) return false;
  // The function itself is imported too: it is told of there.
  return all_[library].called.contains(import.name);
}

Result<void> Resolver::check_missing() const {
  std::map<std::string, std::set<std::string>> symbols;  // description to who asks
  for (std::size_t i = 0; i < all_.size(); ++i) {
    if (!is_kept_[i]) continue;
    for (std::size_t n = 0; n < all_[i].imports.size(); ++n) {
      const LinkImport& import = all_[i].imports[n];
      if (sources_[i][n] || !symbol_kind(import) || may_be_missing(i, import)) continue;
      symbols[describe(import)].insert(all_[i].name);
    }
  }
  if (symbols.empty()) return {};
  return missing(symbols);
}

Diagnostic Resolver::missing(const std::map<std::string, std::set<std::string>>& symbols) const {
  Diagnostic out = error(DiagCode::kLinkSymbol,
                         symbols.size() == 1 ? "a symbol is defined by no library"
                                             : fmt::format("{} symbols are defined by no library", symbols.size()));
  std::size_t shown = 0;
  bool all_funcs = true;
  for (const auto& [symbol, users] : symbols) {
    all_funcs = all_funcs && (symbol.starts_with("function") || symbol.starts_with("address"));
    if (++shown > kShown) continue;
    std::string text = fmt::format("{}, for `{}`", symbol, fmt::join(users, "`, `"));
    // Perhaps it is there, with another type.
    std::string name = symbol.substr(symbol.find('`') + 1);
    name.resize(name.rfind('`'));
    auto exporters = exporters_.find(name);
    if (exporters != exporters_.end()) {
      const Library& other = all_[exporters->second.front()];
      const LinkExport& item = other.exports.at(name);
      text += item.kind == wasm::ExternKind::kGlobal
                  ? fmt::format("; `{}` has data of that name", other.name)
                  : fmt::format("; `{}` has it as {}{}", other.name, item.kind == wasm::ExternKind::kTag ? "tag " : "",
                                to_string(item.type));
    }
    out = std::move(out).note(std::move(text));
  }
  if (shown > kShown) out = std::move(out).note(fmt::format("and {} more", shown - kShown));
  if (!all_funcs) return std::move(out).hint("give the library that defines them");
  return std::move(out).hint(
      "give the library that defines them, or `--stub-missing-functions`: calling them traps then");
}

/// A tag has to be there before who imports it; a function can be called through the table.
void Resolver::ask_for_tags_first() {
  for (std::size_t library = 0; library < all_.size(); ++library) {
    std::set<std::size_t> tags;
    for (std::size_t n = 0; n < all_[library].imports.size(); ++n) {
      if (all_[library].imports[n].kind == Kind::kTag && sources_[library][n]) tags.insert(*sources_[library][n]);
    }
    std::vector<std::size_t> asks(tags.begin(), tags.end());
    std::ranges::copy_if(asks_[library], std::back_inserter(asks),
                         [&](std::size_t asked) { return !tags.contains(asked); });
    asks_[library] = std::move(asks);
  }
}

/// Depth first: a library is placed after those it asks, unless they ask it back.
void Resolver::place(std::size_t root) {
  if (!is_kept_[root] || state_[root] != 0) return;
  std::vector<std::pair<std::size_t, std::size_t>> stack{{root, 0}};
  state_[root] = 1;
  while (!stack.empty()) {
    auto& [library, next] = stack.back();
    if (next < asks_[library].size()) {
      std::size_t asked = asks_[library][next++];
      if (state_[asked] != 0) continue;
      state_[asked] = 1;
      stack.emplace_back(asked, 0);
    } else {
      state_[library] = 2;
      order_.push_back(library);
      stack.pop_back();
    }
  }
}

Result<void> Resolver::check_tags() const {
  std::vector<std::size_t> position(all_.size());
  for (std::size_t i = 0; i < order_.size(); ++i) position[order_[i]] = i;
  for (std::size_t library : order_) {
    for (std::size_t n = 0; n < all_[library].imports.size(); ++n) {
      const LinkImport& import = all_[library].imports[n];
      std::optional<std::size_t> source = sources_[library][n];
      if (import.kind != Kind::kTag || !source || position[*source] < position[library]) continue;
      return error(DiagCode::kLinkSymbol,
                   fmt::format("`{}` and `{}` need each other, and a tag: one of them cannot exist first",
                               all_[library].name, all_[*source].name))
          .note(fmt::format("`{}` imports the tag `{}` of `{}`", all_[library].name, import.name, all_[*source].name))
          .hint("define the tag in a library that needs neither of them");
    }
  }
  return {};
}

Symbols Resolver::collect() {
  std::vector<std::size_t> position(all_.size());
  for (std::size_t i = 0; i < order_.size(); ++i) position[order_[i]] = i;
  Symbols out;
  for (std::size_t library : order_) {
    for (std::optional<std::size_t>& source : sources_[library]) {
      if (source) source = position[*source];
    }
    out.sources.push_back(std::move(sources_[library]));
    out.ranks.push_back(library);
    out.libraries.push_back(std::move(all_[library]));
  }
  return out;
}

}  // namespace

std::optional<std::size_t> Symbols::find_func(const std::string& name) const {
  std::optional<std::size_t> first;
  for (std::size_t i = 0; i < libraries.size(); ++i) {
    if (libraries[i].find(name, wasm::ExternKind::kFunc) == nullptr) continue;
    if (!first || ranks[i] < ranks[*first]) first = i;
  }
  return first;
}

Result<Symbols> resolve_symbols(std::vector<Library> libraries, bool stub_missing) {
  return Resolver(std::move(libraries), stub_missing).run();
}

}  // namespace witc::linker
