// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// `witc new`, first half: everything that can be wrong is found here. The world of the module and of its
// adapters is read and merged, adapters are cut down to what is used of them, and every import and export
// is classified (linker/new/module_use.h). What comes out is data; writing the component from it
// (linker/new/encoder.h) cannot fail.

#include <memory>
#include <string>
#include <vector>

#include "linker/new/module_use.h"
#include "linker/new/new_component.h"
#include "wit-parser/binary/decode.h"

namespace witc::linker {

struct PreparedModule {
  std::string name;  // `main`, or the import module the adapter answers
  wasm::Module module;
  ModuleUse use;
  bool has_new_imports = false;  // imports of one name were told apart, so `module.bytes` has other names
  std::vector<wit::WorldKey> exports;  // of the world, provided by this module
};

struct Prepared {
  wit::WorldMetadata metadata;
  std::unique_ptr<WorldAbi> abi;
  PreparedModule main;
  std::vector<PreparedModule> adapters;
  std::vector<LinkedModule> linked;                   // as in NewOptions
  std::map<std::string, std::size_t> linked_exports;  // likewise

  [[nodiscard]] const wit::World& world() const { return metadata.resolve.worlds[metadata.world]; }
  /// 0 is the main module, then adapters.
  [[nodiscard]] const PreparedModule& module(std::size_t index) const { return index == 0 ? main : adapters[index - 1]; }
  [[nodiscard]] std::size_t module_count() const { return 1 + adapters.size(); }
};

/// On the heap: the parts refer to each other.
Result<std::unique_ptr<Prepared>> prepare(SourceMap& sources, wasm::Module module, NewOptions options);

}  // namespace witc::linker
