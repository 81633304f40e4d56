// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The front door of wit-parser/: WIT text in, the resolved graph out.
//
//     Resolve resolve;
//     PackageId package = TRY(push_path(resolve, sources, "wit", {}));
//     WorldId world = TRY(select_world(resolve, package, "command"));
//
// The way there: parse_file() (parse.h) gives a syntax tree per file; make_drafts() (draft.h) looks up
// the names within each package; settle() (settle.h) joins a package to those it uses, applies feature
// gates and elaborates worlds. Printing is print.h and json.h.

#include <filesystem>
#include <set>
#include <span>
#include <string>

#include "base/result.h"
#include "wit-parser/parse.h"
#include "wit-parser/resolve.h"

namespace witc::wit {

struct ResolveOptions {
  std::set<std::string, std::less<>> features;  // what `@unstable(feature = x)` may be kept
  bool all_features = false;
};

/// Parses text sources as the files of one package, resolves it, with the packages nested in it, and
/// adds them to `resolve`; what they use must be there already or be nested. Returns the package that
/// the files declare. On an error `resolve` is left half-filled: drop it.
/// Errors: kWitSyntax, kWitLimit, kWitResolve, each with its place.
Result<PackageId> push_files(Resolve& resolve, const SourceMap& sources, std::span<const SourceId> files,
                             const ResolveOptions& options);

/// Reads and adds what `path` names (WIT.md, "Filesystem structure"): one file, or a folder whose
/// `*.wit` are one package and whose `deps/` holds what it uses (folders, `*.wit` files, and WIT
/// packages in binary form, `*.wasm` and `*.wat`), in any order. A package of `deps/` that `resolve` has
/// already is left alone.
/// Errors: those of push_files, and kFileUnreadable.
Result<PackageId> push_path(Resolve& resolve, SourceMap& sources, const std::filesystem::path& path,
                            const ResolveOptions& options);

/// WIT.md, "Specifying a World": the only world of the package, the one of that name, or, for
/// `ns:pkg/world@version`, that of any package. Errors (kWitResolve) list what there is.
Result<WorldId> select_world(const Resolve& resolve, PackageId package, std::string_view name);

}  // namespace witc::wit
