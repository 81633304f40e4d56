// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The core modules of the conformance corpora, taken out of their scripts: what the round trip and the mutation tests
// are run on.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/source.h"

namespace witc::wasm {

struct CorpusModule {
  std::string where;     // `core-spec/core/i32.wast:12`, the line of its `(module`
  std::string contents;  // text, or bytes
  SourceKind kind = SourceKind::kText;
};

/// The modules of a script, or of a `.wat` file, that are not said to be malformed or invalid: those that stand by
/// themselves and those of assertions about linking and running. Components are left out with all that is in them.
/// `shown` is how `where` calls the file. Empty too for a file that has no tokens.
std::vector<CorpusModule> modules_of(const std::filesystem::path& file, const std::string& shown);

/// Those of every `.wast` and `.wat` file below `root/folder`, in the order of their paths.
std::vector<CorpusModule> modules_below(const std::filesystem::path& root, const std::string& folder);

/// What a script of wasm-tools' own tests says it is run by, in its first comments: `wasm-tools wast` with these options.
struct WastCommand {
  std::string features;  // as `--features` has them
  bool snapshots = false;
};
/// None for a script that says nothing of the kind, or another command.
std::optional<WastCommand> wast_command(const std::filesystem::path& file);

/// Expected failures: `where reason`, a line each; `#` begins a comment. `where` is that of a module, or a file or folder
/// (ended with `/`) for all that is in it.
class FailureList {
 public:
  explicit FailureList(const std::filesystem::path& path);

  /// Is the failure at `where` expected?
  bool expects(const std::string& where);
  /// Entries that expected nothing: what they name passes now.
  [[nodiscard]] std::vector<std::string> unused() const;

  /// Prints the failures, by where they are, that are not expected, and, if `is_whole` (the whole corpus was run), the
  /// entries that expected nothing. How many of both there are.
  int report(const std::map<std::string, std::string>& failures, bool is_whole);

 private:
  std::map<std::string, bool> entries_;  // was it used
};

std::string read_whole_file(const std::filesystem::path& path);

}  // namespace witc::wasm
