// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The engine under generated host bindings (`witc bindgen cpp --host`): what they call a HostLinker and an
// ExportCaller (adapter-gen/host_binding.h), on engine/component.h.
//
//     engine::Linker linker;
//     engine::BindingLinker bindings(linker);
//     generated::add_to_linker(bindings, my_log);             // an interface implemented in C++
//     auto instance = TRY(linker.instantiate(engine, component));
//     ...
//     engine::BindingCaller caller(instance, bindings);       // or (instance), if no resource of the host's is passed
//     generated::Exports exports(caller);                     // typed calls

#include "adapter-gen/host_binding.h"
#include "engine/component.h"

namespace witc::engine {

class BindingLinker : public host::HostLinker {
 public:
  /// The linker must outlive this; what is defined stays in it, and `owner` with it.
  explicit BindingLinker(Linker& linker, std::shared_ptr<void> owner = nullptr)
      : linker_(linker), owner_(std::move(owner)) {}
  /// The instance whose call a host function is answering, while it is; else null. May be asked as long as it is kept.
  [[nodiscard]] std::shared_ptr<ComponentInstance* const> caller() const { return caller_; }
  void define_func(std::string_view interface, std::string_view name, host::HostFunction function) override;
  void define_resource(std::string_view interface, std::string_view name,
                       std::function<void(std::uint64_t rep)> drop) override;

 private:
  Linker& linker_;
  std::shared_ptr<void> owner_;
  std::shared_ptr<ComponentInstance*> caller_ = std::make_shared<ComponentInstance*>(nullptr);
};

class BindingCaller : public host::ExportCaller {
 public:
  /// The instance must outlive this, and not move.
  explicit BindingCaller(ComponentInstance& instance) : instance_(instance) {}
  /// With the resources of `bindings`, which the instance was linked with: exports may take and give them.
  BindingCaller(ComponentInstance& instance, const host::HostLinker& bindings)
      : instance_(instance), resources_(bindings.resources()) {}
  host::CallResult call(std::string_view interface, std::string_view name, std::span<const abi::Val> args) override;
  abi::OrTrap<void> drop(std::string_view interface, std::string_view resource, std::uint64_t rep) override;
  [[nodiscard]] host::ResourceTable* resources() override { return resources_.get(); }
  abi::Trap take_trap(host::DirectExport& target) override;

  /// The last trap with its wasm stack, for which abi::Trap has no room.
  [[nodiscard]] const std::optional<Trap>& last_trap() const { return last_trap_; }

 protected:
  host::DirectExport* find_direct(const void* tag, std::string_view interface, std::string_view name,
                                  host::DirectFits fits) override;

 private:
  std::unexpected<abi::Trap> to_abi(Trap trap);

  ComponentInstance& instance_;
  std::shared_ptr<host::ResourceTable> resources_;
  std::map<std::pair<std::string, std::string>, ComponentFunc, std::less<>> funcs_;  // found once
  std::map<const void*, std::unique_ptr<DirectCallee>> direct_;  // by tag; null where calls go by Val
  std::optional<Trap> last_trap_;
};

}  // namespace witc::engine
