// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Components, to a host: load one, say what its imports are, instantiate it, call its exports.
//
//     Component component = TRY(Component::load(engine, sources, source));
//     Linker linker;
//     linker.func("example:log/sink@1.0.0", "write", [](HostContext&, std::span<const abi::Val> args) -> HostResult {
//       std::puts(args[0].get_if<abi::Val::String>()->text.c_str());
//       return std::nullopt;
//     });
//     ComponentInstance instance = TRY(linker.instantiate(engine, component));
//     if (auto started = instance.start(); !started) return report(started.error());
//     auto results = instance.call(*component.find_func("example:app/main", "run"), args);
//
// A Component is: bytes → decoded → validated → planned (linker/plan.h) → adapters made → compiled; it is immutable
// and may be instantiated many times. An instance is used by one thread at a time. After a trap it is closed: every
// further call traps (CanonicalABI.md, "lockdown").
//
// Values cross as abi::Val, which goes by position and means something only with its type (adapter-gen/val.h).

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapter-gen/val.h"
#include "base/result.h"
#include "engine/engine.h"
#include "linker/plan.h"
#include "wasm/component/features.h"

namespace witc::engine {

class ComponentInstance;

/// A function a component exports, however deep: found once, called often.
struct ComponentFunc {
  std::string name;              // `ns:pkg/iface@1.0.0.f`, for people
  const linker::FuncDef* def = nullptr;
  linker::FuncTypeId type;
};

class Linker;

struct LoadOptions {
  component::Features features;
  const Linker* linker = nullptr;  // for core modules that the component imports
};

/// A loaded component; shared and immutable. Copies are cheap.
class Component {
 public:
  /// Decodes, validates, plans and compiles a component binary. `sources` keeps the bytes and must outlive every copy.
  /// Errors: those of each stage, at the place in the source.
  static Result<Component> load(Engine& engine, const SourceMap& sources, SourceId source,
                                const LoadOptions& options = {});
  /// The same for one that is already decoded or was parsed from text.
  static Result<Component> load(Engine& engine, const SourceMap& sources, component::ast::Component ast,
                                const LoadOptions& options = {});

  [[nodiscard]] const linker::Plan& plan() const;
  [[nodiscard]] const component::Types& types() const { return plan().types; }
  /// The LLVM IR, if the engine keeps it (EngineOptions::keep_ir).
  [[nodiscard]] const std::string& ir() const;

  /// An exported function by its interface (empty: of the root) and name. An interface is also found by another
  /// version of the same compatibility track, or without any version or package, where that is unambiguous.
  [[nodiscard]] std::optional<ComponentFunc> find_func(std::string_view interface, std::string_view name) const;
  /// An exported resource; names as in find_func.
  [[nodiscard]] std::optional<component::ResourceId> find_resource(std::string_view interface, std::string_view name) const;
  /// Fills in where in their source the frames of an instance's trap are: engine/dwarf.h.
  void add_sources(Trap& trap) const;
  /// Every exported function.
  [[nodiscard]] std::vector<ComponentFunc> funcs() const;

  struct Impl;
  explicit Component(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  [[nodiscard]] const Impl& impl() const { return *impl_; }

 private:
  static Result<Component> finish_loading(Engine& engine, const SourceMap& sources, std::shared_ptr<Impl> impl,
                                          const LoadOptions& options);

  std::shared_ptr<const Impl> impl_;
};

/// What a host function is given beside its arguments.
struct HostContext {
  ComponentInstance& instance;
  const component::Types& types;
  linker::FuncTypeId type;  // of the function as the component imports it
};

/// The result (none for a function without one), or a trap raised in the guest. Values are checked against the type.
using HostResult = std::expected<std::optional<abi::Val>, Trap>;
/// Must not throw. Own handles among the arguments now belong to the host; borrowed ones are the host's until it returns.
using HostFn = std::function<HostResult(HostContext& context, std::span<const abi::Val> args)>;
/// Called when the guest drops its last handle to a host resource.
using HostDrop = std::function<void(std::uint64_t rep)>;

/// A resource of the host's, known to one Linker.
struct HostResource {
  std::uint32_t index = 0;
};

/// Names what the host supplies. Nothing is supplied by default.
class Linker {
 public:
  /// `interface` is an import name (`wasi:cli/stdout@0.2.0`); empty for a function imported by the root itself. It
  /// serves every import of the same compatibility track. A later definition replaces an earlier one.
  void func(std::string_view interface, std::string_view name, HostFn function);
  HostResource resource(std::string_view interface, std::string_view name, HostDrop drop);
  /// The same resource under another name.
  void resource(std::string_view interface, std::string_view name, HostResource same);
  /// A core module that components may import (Component::load with this Linker). It must be valid and outlive them.
  void module(std::string_view interface, std::string_view name, const wasm::Module& module);

  /// Imports that nobody defined become functions that trap when called, instead of an error here.
  void allow_missing(bool allow) { allow_missing_ = allow; }

  /// Makes an instance, not yet started. Errors: kRunMissingImport (all of them, as notes), kEngineResource.
  [[nodiscard]] Result<ComponentInstance> instantiate(Engine& engine, const Component& component) const;

  /// The module of that name, if it is of the type expected. Errors: kRunMissingImport.
  [[nodiscard]] Result<const wasm::Module*> find_module(const SourceMap& sources, component::Types& types,
                                                        const std::string& interface, const std::string& name,
                                                        component::ModuleTypeId expected) const;

 private:
  [[nodiscard]] Result<std::vector<HostFn>> resolve_funcs(const Component& component) const;
  [[nodiscard]] Result<std::vector<HostDrop>> resolve_drops(const Component& component) const;

  using Key = std::pair<std::string, std::string>;  // compatibility track, name
  std::map<Key, HostFn> funcs_;
  std::map<Key, HostResource> resources_;
  std::map<Key, const wasm::Module*> modules_;
  std::vector<HostDrop> drops_;  // by HostResource
  bool allow_missing_ = false;
};

class ComponentInstance {
 public:
  /// Instantiates the core instances in the component's order, start functions included: the first thing to do.
  CallResult start();

  /// Calls an exported function. `args` must match its parameter types (abi::matches). Own handles in the result belong
  /// to the host, which gives each back by passing it on or by `drop`.
  std::expected<std::optional<abi::Val>, Trap> call(const ComponentFunc& func, std::span<const abi::Val> args);

  /// Destroys an own handle to a resource that the component defines.
  std::expected<void, Trap> drop(component::ResourceId resource, std::uint64_t rep);

  [[nodiscard]] const Component& component() const;

  /// Instance::interrupt_handle and interrupt_fd of all its core instances together.
  [[nodiscard]] InterruptHandle interrupt_handle() const;
  [[nodiscard]] int interrupt_fd();
  /// A core dump of what it is now, after that trap: engine/coredump.h.
  [[nodiscard]] std::vector<std::uint8_t> coredump(const Trap& trap, std::string_view name);

  struct Impl;
  explicit ComponentInstance(std::unique_ptr<Impl> impl);
  ComponentInstance(ComponentInstance&&) noexcept;
  ComponentInstance& operator=(ComponentInstance&&) noexcept;
  ~ComponentInstance();

 private:
  std::unique_ptr<Impl> impl_;
};

/// `ns:pkg/iface@1.2.3` → `ns:pkg/iface@1`: what names of one compatibility track have in common.
std::string interface_track(std::string_view interface);

}  // namespace witc::engine
