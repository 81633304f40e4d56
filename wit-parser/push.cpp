// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Files and folders to packages in the graph: reading, the order of packages, choosing a world.
// Every package named anywhere is drafted first; then they are settled, each after those it uses.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "wasm/component/load.h"
#include "wasm/component/validate.h"
#include "wit-parser/binary/decode.h"
#include "wit-parser/draft.h"
#include "wit-parser/print.h"
#include "wit-parser/settle.h"
#include "wit-parser/suggest.h"
#include "wit-parser/wit.h"

namespace witc::wit {
namespace {

namespace fs = std::filesystem;

/// Packages that use each other in a chain longer than this are refused: following it is the C++ stack.
constexpr int kMaxPackageDepth = 1000;

struct ByName {
  bool operator()(const PackageName& a, const PackageName& b) const {
    if (auto order = a.ns <=> b.ns; order != 0) return order < 0;
    if (auto order = a.name <=> b.name; order != 0) return order < 0;
    if (!a.version || !b.version) return !a.version && b.version.has_value();
    return *a.version < *b.version;
  }
};

/// The drafts of one push, and the order they are settled in.
class Packages {
 public:
  Packages(Resolve& resolve, const ResolveOptions& options) : resolve_(resolve), options_(options) {}

  /// Of a dependency: a package that the graph has already is left alone.
  Result<void> add(std::vector<Draft> drafts, bool dependency);
  Result<void> settle_all();

 private:
  struct Entry {
    Draft draft;
    bool done = false;
    bool visiting = false;
  };
  Result<void> visit(Entry& entry, int depth);

  Resolve& resolve_;
  const ResolveOptions& options_;
  std::map<PackageName, Entry, ByName> entries_;
};

Result<void> Packages::add(std::vector<Draft> drafts, bool dependency) {
  for (Draft& draft : drafts) {
    if (resolve_.find_package(draft.name)) {
      if (dependency) continue;
      return error(DiagCode::kWitResolve, draft.name_span,
                   fmt::format("package `{}` is there already", draft.name.to_string()));
    }
    auto [slot, fresh] = entries_.try_emplace(draft.name);
    if (!fresh) {
      return error(DiagCode::kWitResolve, draft.name_span,
                   fmt::format("package `{}` is defined in two different locations", draft.name.to_string()))
          .note(slot->second.draft.name_span, "the other one is here");
    }
    slot->second.draft = std::move(draft);
  }
  return {};
}

Result<void> Packages::visit(Entry& entry, int depth) {
  if (entry.done) return {};
  if (depth > kMaxPackageDepth) {
    return error(DiagCode::kWitLimit, entry.draft.name_span, "packages use each other too deeply");
  }
  entry.visiting = true;
  for (const auto& [name, span] : entry.draft.uses) {
    auto used = entries_.find(name);
    if (used == entries_.end()) continue;
    if (used->second.visiting) {
      return error(DiagCode::kWitResolve, span,
                   fmt::format("package `{}` creates a dependency cycle", name.to_string()));
    }
    TRY(visit(used->second, depth + 1));
  }
  entry.visiting = false;
  entry.done = true;
  TRY(settle(resolve_, std::move(entry.draft), options_));
  return {};
}

Result<void> Packages::settle_all() {
  for (auto& [_, entry] : entries_) TRY(visit(entry, 0));
  return {};
}

Result<std::vector<Draft>> draft_files(const SourceMap& sources, std::span<const SourceId> files) {
  std::vector<ast::File> parsed;
  for (SourceId file : files) parsed.push_back(TRY(parse_file(sources, file)));
  return make_drafts(parsed);
}

// -- the file system -------------------------------------------------------------------------------------

Result<SourceId> read(SourceMap& sources, const fs::path& path) {
  constexpr std::uintmax_t kMaxSize = std::uintmax_t{1} << 30;  // spans are 32 bits wide
  std::error_code failed;
  std::uintmax_t size = fs::file_size(path, failed);
  std::ifstream in(path, std::ios::binary);
  if (failed || !in) return error(DiagCode::kFileUnreadable, fmt::format("cannot read `{}`", path.string()));
  if (size > kMaxSize) {
    return error(DiagCode::kFileUnreadable, fmt::format("`{}` is larger than 1 GiB", path.string()));
  }
  std::string contents(std::istreambuf_iterator<char>(in), {});
  bool binary = std::string_view(contents).starts_with(std::string_view("\0asm", 4));
  return sources.add(path.string(), std::move(contents), binary ? SourceKind::kBinary : SourceKind::kText);
}

/// What a folder holds, in the order of names; empty if it does not exist.
Result<std::vector<fs::path>> entries_of(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code failed;
  if (!fs::exists(folder, failed)) return entries;
  for (fs::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed)) {
    entries.push_back(it->path());
  }
  if (failed) {
    return error(DiagCode::kFileUnreadable, fmt::format("cannot read `{}`: {}", folder.string(), failed.message()));
  }
  std::ranges::sort(entries);
  return entries;
}

bool is_folder(const fs::path& path) {
  std::error_code failed;
  return fs::is_directory(path, failed);
}

Result<std::vector<Draft>> draft_folder(SourceMap& sources, const fs::path& folder) {
  std::vector<SourceId> files;
  for (const fs::path& entry : TRY(entries_of(folder))) {
    if (entry.extension() == ".wit" && !is_folder(entry)) files.push_back(TRY(read(sources, entry)));
  }
  Result<std::vector<Draft>> drafts = draft_files(sources, files);
  if (drafts) return drafts;
  return std::move(drafts).error().context(fmt::format("in package folder `{}`", folder.string()));
}

/// A WIT package in binary form, or in the text form of that, goes into the graph by way of WIT text:
/// there is one way to merge packages, and it is the drafts'. Packages there already are left alone.
Result<void> add_encoded(Resolve& resolve, const ResolveOptions& options, SourceMap& sources, const fs::path& path) {
  SourceId file = TRY(read(sources, path));
  component::ast::Component component = TRY(component::load_component(sources, file));
  component::Types types;
  TRY(component::validate_component(sources, component, types));
  if (!is_wit_package(component)) {
    return error(DiagCode::kFileKind, sources.whole(file), "this is a program, not a WIT package");
  }
  DecodedWit decoded = TRY(decode_wit(component));
  PackageId main = std::get<PackageId>(decoded.main);
  std::vector<PackageId> others;
  for (PackageId id : decoded.resolve.packages.ids()) {
    if (id != main) others.push_back(id);
  }
  SourceId text = sources.add(path.string(), print_package(decoded.resolve, main, others), SourceKind::kText);
  Packages packages(resolve, options);
  TRY(packages.add(TRY(draft_files(sources, std::span(&text, 1))), true));
  return packages.settle_all();
}

/// The encoded packages of `deps/`, which need nothing but each other.
Result<void> add_encoded_dependencies(Resolve& resolve, const ResolveOptions& options, SourceMap& sources,
                                      const fs::path& deps) {
  for (const fs::path& entry : TRY(entries_of(deps))) {
    bool encoded = entry.extension() == ".wasm" || entry.extension() == ".wat";
    if (encoded && !is_folder(entry)) TRY(add_encoded(resolve, options, sources, entry));
  }
  return {};
}

Result<void> add_dependencies(Packages& packages, SourceMap& sources, const fs::path& deps) {
  for (const fs::path& entry : TRY(entries_of(deps))) {
    if (is_folder(entry)) {
      TRY(packages.add(TRY(draft_folder(sources, entry)), true));
    } else if (entry.extension() == ".wit") {
      SourceId file = TRY(read(sources, entry));
      TRY(packages.add(TRY(draft_files(sources, std::span(&file, 1))), true));
    }
  }
  return {};
}

}  // namespace

Result<PackageId> push_files(Resolve& resolve, const SourceMap& sources, std::span<const SourceId> files,
                             const ResolveOptions& options) {
  std::vector<Draft> drafts = TRY(draft_files(sources, files));
  PackageName main = drafts.back().name;
  Packages packages(resolve, options);
  TRY(packages.add(std::move(drafts), false));
  TRY(packages.settle_all());
  return *resolve.find_package(main);
}

Result<PackageId> push_path(Resolve& resolve, SourceMap& sources, const fs::path& path, const ResolveOptions& options) {
  if (!is_folder(path)) {
    SourceId file = TRY(read(sources, path));
    return push_files(resolve, sources, std::span(&file, 1), options);
  }
  std::vector<Draft> drafts = TRY(draft_folder(sources, path));
  PackageName main = drafts.back().name;
  Packages packages(resolve, options);
  TRY(add_encoded_dependencies(resolve, options, sources, path / "deps"));
  TRY(packages.add(std::move(drafts), false));
  TRY(add_dependencies(packages, sources, path / "deps"));
  TRY(packages.settle_all());
  return *resolve.find_package(main);
}

}  // namespace witc::wit
