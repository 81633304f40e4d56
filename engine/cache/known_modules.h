// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Modules whose bodies were validated before, by this build of witc, with the same features: reading the bodies is most
// of what it takes to start a program whose code is there already. A file for each module, by the SHA-256 of its bytes,
// in the folder of the code cache, which is trusted like a program (cache/code_cache.h): what says that code is valid
// could as well hold the code. What was validated is in memory too, so that nobody has to read the bodies again.

#include <map>
#include <memory>
#include <string>

#include "engine/cache/files.h"
#include "engine/cache/sha256.h"
#include "wasm/core/validate.h"

namespace witc::engine {

/// For one thread.
class KnownModulesOnDisk final : public wasm::KnownModules {
 public:
  /// An empty folder, or one that cannot be used: nothing is kept, and found only what was added here.
  explicit KnownModulesOnDisk(const std::string& folder);

  std::shared_ptr<const wasm::BodyFacts> find(const wasm::Module& module, wasm::Features features) override;
  void add(const wasm::Module& module, wasm::Features features, wasm::BodyFacts facts) override;

  /// Of a module that was found or added; null if it was not, or is not a binary.
  [[nodiscard]] std::shared_ptr<const wasm::BodyFacts> facts_of(const wasm::Module& module) const;

 private:
  File folder_;
  std::map<const std::uint8_t*, std::shared_ptr<const wasm::BodyFacts>> facts_;  // by where the module's bytes are
  std::map<const std::uint8_t*, Digest> digests_;
};

}  // namespace witc::engine
