// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What is behind the handles of engine/api.h. A Store is an open Program (engine/program.h) that grows by one core
// instance at a time. Programs that grew in the same way are one: they form a tree, kept by the Engine, in which a node
// is a compiled program and an edge a module with what its imports are bound to. So what a Store does the second time,
// or another Store has done before, finds its machine code there.

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/source.h"
#include "engine/api.h"
#include "engine/runtime/store.h"
#include "wasm/core/module.h"

namespace witc::api {

struct Module::Impl {
  std::uint64_t number = 0;  // of the engine's modules
  std::string name;
  SourceMap sources;
  wasm::Module module;
  std::shared_ptr<const wasm::BodyFacts> facts;  // may be null
};

/// A program that stores have grown to. The code of those below needs the code of those above.
struct Step {
  std::shared_ptr<const Step> parent;
  std::shared_ptr<const Module::Impl> module;  // of the last instance; what is compiled as it runs reads it to the end
  engine::CompiledProgram code;
  std::size_t depth = 0;
};
using StepRef = std::shared_ptr<const Step>;

/// An edge: the module and, as text, its bindings and the types of new host functions.
struct StepKey {
  const Step* parent = nullptr;
  std::uint64_t module = 0;
  std::string bindings;
  friend auto operator<=>(const StepKey&, const StepKey&) = default;
};

struct Engine::Impl {
  explicit Impl(EngineOptions options) : compiler(options) {}

  engine::Engine compiler;
  std::mutex mutex;
  std::uint64_t modules = 0;                  // under the mutex, as all that follows
  bool all_plain = true;                      // the modules, as Program::is_plain has it
  StepRef root;                               // no instance
  std::map<std::vector<std::uint8_t>, Module> helpers;
  std::map<StepKey, StepRef> steps;
  std::deque<std::map<StepKey, StepRef>::iterator> order;  // oldest first

  /// The step without an instance. Errors: resources.
  Expected<StepRef> start();
  /// A module of our own, one for the same bytes.
  Expected<Module> helper(const Engine& self, const std::vector<std::uint8_t>& bytes);
  /// The step that a key leads to, null if there is none yet, and adding it. Of two threads that add the same, the
  /// first wins, and both get its step.
  StepRef find(const StepKey& key);
  StepRef add(StepKey key, StepRef step);
};

/// One host function of a store.
struct HostEntry {
  StoreImpl* store = nullptr;
  engine::InstanceId importer;
  std::shared_ptr<const RawHostFunc> function;
};

struct StoreImpl {
  Engine home;
  StepRef step;
  std::optional<engine::Instance> core;  // none before the first instantiation
  std::deque<HostEntry> hosts;           // never moves

  [[nodiscard]] engine::Instance::Impl& runtime() { return core->impl(); }
  [[nodiscard]] const wasm::Module& module(engine::InstanceId id) { return runtime().module(id); }
};

Error to_error(const SourceMap& sources, const Diagnostic& diagnostic);
Error to_error(Trap trap);
Error to_error(std::string message);

}  // namespace witc::api
