// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Scripts of the public suites, as far as they are about the form of core modules: every module must parse, validate,
// survive a round trip through binary and through text, and print as a snapshot says where there is one; those said to
// be invalid or malformed must be rejected. What scripts call and compute is for the engine's tests, and components
// are for those of wasm/component.

#include <filesystem>
#include <map>
#include <string>

#include "wasm/core/features.h"
#include "wasm/core/module.h"
#include "wasm/text/cursor.h"

namespace witc::wasm {

class Suite {
 public:
  /// Runs one script; its directives are called `shown:LINE`.
  void run(const std::filesystem::path& path, const std::string& shown);

  Features features;
  TextOptions options{.allow_confusing_unicode = true};
  /// Must an invalid module parse, and a malformed one not? Else rejection by either stage will do.
  bool by_stage = true;
  /// Folder with `N.print`: how the module of the Nth directive of the script is printed, and `N.print-folded`: how in
  /// folded form. Empty: no snapshots.
  std::filesystem::path snapshots;

  std::map<std::string, std::string> failures;  // by directive
  std::size_t directives = 0;
  std::size_t other_wording = 0;  // rejected, but not in the words of the suite
  std::size_t compared = 0;       // with a snapshot

 private:
  std::string directive(const SourceMap& sources, Cursor& in);
  std::string valid_module(const SourceMap& sources, Cursor& in);
  std::string round_trip(const Module& module);
  std::string as_snapshot(const std::string& text, std::string_view form);
  std::string folded(SourceMap& sources, const Module& module, const std::string& flat);
  std::string rejected(const SourceMap& sources, Cursor& in, DiagCode expected);

  std::size_t number_ = 0;  // of directives in the script so far
};

}  // namespace witc::wasm
