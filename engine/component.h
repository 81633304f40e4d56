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
// To make many instances of one component, link once: `linker.instantiate_pre(engine, component)`, then
// `pre.instantiate()` as often as wanted. To let one instance call another, link its exports:
// `linker.instance("example:log/sink@1.0.0", live)`.
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

#include "adapter-gen/host_direct.h"
#include "adapter-gen/val.h"
#include "base/result.h"
#include "engine/engine.h"
#include "linker/plan.h"
#include "wasm/component/features.h"

namespace witc::engine {

class ComponentInstance;
struct DirectLink;

/// A function a component exports, however deep: found once, called often.
struct ComponentFunc {
  std::string name;              // `ns:pkg/iface@1.0.0.f`, for people
  const linker::FuncDef* def = nullptr;
  linker::FuncTypeId type;
};

class InstancePre;
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
/// Called when the guest drops its last handle to a host resource, and for the handles it still owns when its instance
/// is destroyed: once for each own handle that was given away. Must not throw.
using HostDrop = std::function<void(std::uint64_t rep)>;

/// The same function for calls whose types are known to C++ (adapter-gen/direct_call.h): used where the component's type is
/// its type and the guest allows of it, else the HostFn beside it is.
struct DirectHostFn {
  host::DirectFunction function;
  /// Null, or where the instance whose call is answered is noted while it is.
  std::shared_ptr<ComponentInstance*> caller{};
  /// There is no HostFn: linking fails where the types differ, calls trap where the guest does not allow of it.
  bool is_alone = false;
};

/// An export as DirectExport is called, and the trap that a failed call ends in.
class DirectCallee : public host::DirectExport {
 public:
  [[gnu::cold]] virtual Trap take_trap() = 0;
};

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
  void func(std::string_view interface, std::string_view name, HostFn function, DirectHostFn direct);
  HostResource resource(std::string_view interface, std::string_view name, HostDrop drop);
  /// The same resource under another name.
  void resource(std::string_view interface, std::string_view name, HostResource same);
  /// A core module that components may import (Component::load with this Linker). It must be valid and outlive them.
  void module(std::string_view interface, std::string_view name, const wasm::Module& module);

  /// What a live instance exports, as the imports of the instance `name`: its functions, resources and core modules, those
  /// of exported instances as `nested.function`. Calls go by the generic path, and are checked like calls of the host's:
  /// an instance that traps is closed, and the trap goes on into its caller. Own handles that pass are handles of the very
  /// resource of the live instance; what the two sides take for one resource must be one, which is checked when linking.
  /// The live instance is kept as long as this linker, its copies, and instances linked by them.
  void instance(std::string_view name, ComponentInstance& live);
  /// The same for each interface that it exports, under the interface's own name: composing at run time.
  void instances(ComponentInstance& live);
  /// Imports that nobody defined become functions that trap when called, instead of an error here.
  void allow_missing(bool allow) { allow_missing_ = allow; }

  /// Makes an instance, not yet started. Errors: kRunMissingImport (all of them, as notes), kEngineResource.
  [[nodiscard]] Result<ComponentInstance> instantiate(Engine& engine, const Component& component) const;
  /// All that instantiating has to look up and check, done once. Errors: kRunMissingImport.
  [[nodiscard]] Result<InstancePre> instantiate_pre(Engine& engine, const Component& component) const;
  /// The module of that name, if it is of the type expected. Errors: kRunMissingImport.
  [[nodiscard]] Result<const wasm::Module*> find_module(const SourceMap& sources, component::Types& types,
                                                        const std::string& interface, const std::string& name,
                                                        component::ModuleTypeId expected) const;

 private:
  struct Live;
  /// A function, and of one that a live instance exports what it is there.
  struct Function {
    HostFn call;
    std::shared_ptr<const Live> live;
    linker::FuncTypeId live_type;
    DirectHostFn direct{};
  };
  using Key = std::pair<std::string, std::string>;  // compatibility track, name
  /// Like HostDrop, but what a live instance does in a destructor may trap.
  using Drop = std::function<std::expected<void, Trap>(std::uint64_t rep)>;
  using HostIndices = std::map<component::ResourceId, HostResource>;
  struct Linked;

  void define(const std::shared_ptr<const Live>& live, std::string_view interface, const std::string& prefix,
              const std::vector<linker::Export>& exports);
  [[nodiscard]] HostResource live_resource(const std::shared_ptr<const Live>& live, component::ResourceId resource);
  static Result<std::unique_ptr<const DirectLink>> match_direct(const Component& component, const linker::HostFunc& func,
                                                                const DirectHostFn& direct);
  [[nodiscard]] Result<void> resolve_funcs(const Component& component, Linked& linked) const;
  [[nodiscard]] Result<void> resolve_drops(const Component& component, Linked& linked) const;
  [[nodiscard]] Result<void> check_live(const Component& component, const linker::HostFunc& func, const Function& given,
                                        const Linked& linked) const;
  std::map<Key, Function> funcs_;
  std::map<Key, HostResource> resources_;
  std::map<Key, const wasm::Module*> modules_;
  std::vector<Drop> drops_;  // by HostResource
  std::map<std::pair<const void*, component::ResourceId>, HostResource> live_resources_;  // by instance
  std::vector<std::shared_ptr<const Live>> lives_;
  bool allow_missing_ = false;
  friend class InstancePre;
  friend class ComponentInstance;
};

/// A component with all its imports linked and checked; immutable, copies are cheap. Instantiating it looks nothing up and
/// compares nothing: it reserves memories and tables and copies no more than a few pointers.
class InstancePre {
 public:
  /// An instance, not yet started, as Linker::instantiate. The Engine must outlive it. Errors: kEngineResource.
  [[nodiscard]] Result<ComponentInstance> instantiate() const;
  [[nodiscard]] const Component& component() const;

 private:
  friend class Linker;
  InstancePre(Engine& engine, std::shared_ptr<const Linker::Linked> linked);
  Engine* engine_;
  std::shared_ptr<const Linker::Linked> linked_;
};
class ComponentInstance {
 public:
  /// Instantiates the core instances in the component's order, start functions included: the first thing to do.
  CallResult start();

  /// Calls an exported function. `args` must match its parameter types (abi::matches). Own handles in the result belong
  /// to the host, which gives each back by passing it on or by `drop`.
  std::expected<std::optional<abi::Val>, Trap> call(const ComponentFunc& func, std::span<const abi::Val> args);

  /// A function to be called directly, good as long as this instance; null if its type is not the one that `fits` knows,
  /// or if only `call` can call it: with 64-bit memory, or where the component has anything asynchronous.
  [[nodiscard]] std::unique_ptr<DirectCallee> find_direct(const ComponentFunc& func, host::DirectFits fits);

  /// Destroys an own handle to a resource that the component defines.
  std::expected<void, Trap> drop(component::ResourceId resource, std::uint64_t rep);

  [[nodiscard]] const Component& component() const;

  /// Instance::interrupt_handle and interrupt_fd of all its core instances together.
  [[nodiscard]] InterruptHandle interrupt_handle() const;
  [[nodiscard]] int interrupt_fd();
  /// A core dump of what it is now, after that trap: engine/coredump.h.
  [[nodiscard]] std::vector<std::uint8_t> coredump(const Trap& trap, std::string_view name);

  struct Impl;
  explicit ComponentInstance(std::shared_ptr<Impl> impl);
  ComponentInstance(ComponentInstance&&) noexcept;
  ComponentInstance& operator=(ComponentInstance&&) noexcept;
  ~ComponentInstance();

 private:
  friend class Linker;
  std::shared_ptr<Impl> impl_;  // also of those that were linked to it
};
/// `ns:pkg/iface@1.2.3` → `ns:pkg/iface@1`: what names of one compatibility track have in common.
std::string interface_track(std::string_view interface);

}  // namespace witc::engine
