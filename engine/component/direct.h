// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The engine under direct calls (adapter-gen/host_direct.h): a function of an instance with all that a call of it needs
// found beforehand: code, memory, flags, realloc. Private to engine/component/.
//
// A direct call does what ComponentInstance::Impl::call and run_host_lower do (instance.cpp, calls.cpp), less what nobody
// could observe: there is no Task record, so a Plan with built-ins that look at tasks, or with anything asynchronous, has no
// direct calls; and there is no scope of handles where no type has any.

#include "adapter-gen/host_direct.h"
#include "engine/component/instance.h"

namespace witc::engine {

/// Can this side of a call be direct?
bool can_be_direct(const ComponentProgram& program, const linker::Plan& plan, const linker::CanonOptions& options);

/// The guest's side: its options.
template <class Base>
class DirectSide : public Base {
 public:
  /// can_be_direct; `match` outlives this.
  DirectSide(ComponentInstance::Impl& instance, const linker::CanonOptions& options, const host::TypeMatch& match);
  bool load_string(std::uint32_t ptr, std::uint32_t tagged_code_units, std::string& text) override;
  bool store_string(std::string_view text, std::uint64_t& ptr, std::uint64_t& tagged_code_units) override;

 protected:
  bool call_realloc(std::uint64_t& ptr, std::uint32_t alignment, std::uint64_t size) override;
  /// Resolves it on the first call. False: it trapped, and `fail` was called.
  bool call_core(std::optional<FuncHandle>& handle, const linker::CoreDef& def, std::uint64_t* slots);
  /// What failed, as the engine's trap.
  Trap take_failure();
  [[nodiscard]] bool has_handles() const { return has_handles_; }

  ComponentInstance::Impl& instance_;
  const linker::CanonOptions& options_;
  std::uint64_t* may_leave_;

 private:
  bool has_handles_;
  std::optional<FuncHandle> realloc_;
  InstanceHandles instance_handles_;
};

/// A lowered host function.
class DirectImport final : public DirectSide<host::DirectGuest> {
 public:
  DirectImport(ComponentInstance::Impl& instance, const linker::CanonOptions& options, const DirectLink& link)
      : DirectSide(instance, options, link.match), link_(link), caller_(link.function.caller.get()) {}
  /// What the host slot is to call from now on.
  HostFunc host_func();

 private:
  static bool run(HostCall& call);
  /// The same where there are no handles, and nobody wants to know who calls.
  static bool run_plain(HostCall& call);
  [[gnu::cold, gnu::noinline]] bool end_in_trap(HostCall& call);

  const DirectLink& link_;
  ComponentInstance** caller_;
};

/// A lifted function, for the host.
class DirectFunc final : public DirectSide<DirectCallee> {
 public:
  DirectFunc(ComponentInstance::Impl& instance, const linker::LiftedFunc& func, std::unique_ptr<host::TypeMatch> match);
  bool begin() override;
  bool call(std::uint64_t* slots) override;
  bool finish(std::uint64_t result) override;
  Trap take_trap() override;

 private:
  const linker::LiftedFunc& func_;
  std::unique_ptr<host::TypeMatch> owned_match_;
  const std::vector<linker::ComponentInstanceId>& entered_;
  std::optional<FuncHandle> callee_, post_return_;
  bool is_refused_ = false;  // begin() failed, and the instance is as it was
};

}  // namespace witc::engine
