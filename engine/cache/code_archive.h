// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// All code of one program, compiled before it runs, with what is known of its modules: the part of a compiled file
// (engine/precompiled.h) that the engine fills, and reads. It is in memory whole, and whoever read it has checked it
// against its digest; here only offsets are checked.
//
// A program that is linked as it runs has several generations (lazy/lazy_code.h), each known by its first number.

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "engine/lazy/lazy_code.h"
#include "wasm/core/validate.h"

namespace witc::engine {

class CodeArchive : public std::enable_shared_from_this<CodeArchive> {
 public:
  /// To be filled by compiling with it in EngineOptions::archive.
  static std::shared_ptr<CodeArchive> make();
  /// Of what to_bytes() gave, at a multiple of kBlobAlign. `owner` keeps `bytes`. Nothing if they are something else.
  static std::shared_ptr<CodeArchive> read(std::span<const std::uint8_t> bytes, std::shared_ptr<const void> owner);

  [[nodiscard]] bool is_being_made() const { return is_being_made_; }
  [[nodiscard]] std::vector<std::uint8_t> to_bytes() const;

  /// Of the generation that begins with `first`; numbers are below `numbers`.
  std::shared_ptr<BlobStore> store(CodeNumber first, CodeNumber numbers);
  /// Modules, in the order in which they are validated. Lives as long as the archive.
  wasm::KnownModules& known_modules() { return known_; }
  [[nodiscard]] std::shared_ptr<const wasm::BodyFacts> facts_of(const wasm::Module& module) const;

 private:
  class Store;
  class Known final : public wasm::KnownModules {
   public:
    explicit Known(CodeArchive& archive) : archive_(archive) {}
    std::shared_ptr<const wasm::BodyFacts> find(const wasm::Module& module, wasm::Features features) override;
    void add(const wasm::Module& module, wasm::Features features, wasm::BodyFacts facts) override;

   private:
    CodeArchive& archive_;
  };
  struct ModuleFacts {
    std::uint64_t size = 0;  // of the module
    std::shared_ptr<const wasm::BodyFacts> facts;
  };
  using Key = std::uint64_t;  // generation and batch

  CodeArchive() : known_(*this) {}

  bool is_being_made_ = false;
  std::shared_ptr<const void> owner_;
  std::map<Key, std::span<const std::uint8_t>> pieces_;
  std::vector<ModuleFacts> modules_;
  std::size_t next_module_ = 0;
  std::map<const std::uint8_t*, std::shared_ptr<const wasm::BodyFacts>> by_place_;  // of the module's bytes
  Known known_;
  std::mutex mutex_;                                       // while it is made, of:
  std::map<Key, std::vector<std::uint8_t>> made_;
};

}  // namespace witc::engine
