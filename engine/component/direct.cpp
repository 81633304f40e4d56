// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "engine/component/direct.h"

#include <fmt/format.h>

#include <utility>

#include "adapter-gen/interpreter.h"
#include "engine/runtime/store.h"
#include "engine/typed_func.h"

namespace witc::engine {
namespace {

bool is_core(const ComponentProgram& program, const linker::CoreDef& def) {
  return std::holds_alternative<CoreFunc>(program.place(def));
}
bool is_core(const ComponentProgram& program, const std::optional<linker::CoreDef>& def) {
  return !def || is_core(program, *def);
}

}  // namespace

bool can_be_direct(const ComponentProgram& program, const linker::Plan& plan, const linker::CanonOptions& options) {
  if (options.is_async || options.is_memory64 || program.tasks.is_observed()) return false;
  for (const linker::Adapter& adapter : plan.adapters) {
    if (ComponentProgram::is_generic(plan, adapter)) return false;
  }
  return is_core(program, options.realloc) && is_core(program, options.post_return);
}

std::unexpected<Trap> no_typed_func(const Component& component, std::string_view interface, std::string_view name) {
  const std::string shown = interface.empty() ? std::string(name) : fmt::format("{}#{}", interface, name);
  const auto func = component.find_func(interface, name);
  if (!func) return std::unexpected(Trap::host(fmt::format("the component does not export `{}`", shown)));
  return std::unexpected(Trap::host(fmt::format("`{}` is of another type, or cannot be called directly: {}", shown,
                                                component.types().to_string(func->type))));
}

HostFn only_direct(std::string_view interface, std::string_view name) {
  return [shown = interface.empty() ? std::string(name) : fmt::format("{}#{}", interface, name)](
             HostContext&, std::span<const abi::Val>) -> HostResult {
    return std::unexpected(Trap::host(fmt::format("the host's function `{}` cannot be called with 64-bit memory or by what is "
                                                  "asynchronous", shown)));
  };
}

// -- both sides ---------------------------------------------------------------------------------

template <class Base>
DirectSide<Base>::DirectSide(ComponentInstance::Impl& instance, const linker::CanonOptions& options,
                             const host::TypeMatch& match)
    : instance_(instance),
      options_(options),
      may_leave_(instance.core->global_slots(instance.program.flags, ComponentProgram::may_leave(options.instance)).data()),
      has_handles_(!match.resources.empty()),
      instance_handles_(instance, options.instance) {
  this->match_ = &match;
  this->handles_ = &instance_handles_;
  this->is_utf8_ = options.string_encoding == abi::StringEncoding::kUtf8;
  if (!options.memory) return;
  const InstanceId owner = instance.program.instances[options.memory->instance];
  const wasm::MemoryIndex memory(options.memory->index);
  this->memory_ = instance.core->memory(owner, memory).data();
  this->memory_size_ = instance.core->memory_size(owner, memory);
}

template <class Base>
bool DirectSide<Base>::call_core(std::optional<FuncHandle>& handle, const linker::CoreDef& def, std::uint64_t* slots) {
  if (!handle) [[unlikely]] {
    const CoreFunc place = std::get<CoreFunc>(instance_.program.place(def));
    auto found = instance_.core->func_handle(place.instance, place.func);
    if (!found) {
      instance_.guest_trap = std::move(found.error());
      return this->fail(abi::TrapKind::kHost);
    }
    handle = *found;
  }
  CallResult done = instance_.core->impl().enter(*handle, slots);
  if (done) [[likely]] return true;
  instance_.guest_trap = ComponentInstance::Impl::at_boundary(std::move(done).error());
  return this->fail(abi::TrapKind::kHost);
}

template <class Base>
bool DirectSide<Base>::call_realloc(std::uint64_t& ptr, std::uint32_t alignment, std::uint64_t size) {
  if (!options_.realloc) return this->fail(abi::TrapKind::kReallocOutOfBounds);
  std::uint64_t slots[] = {0, 0, alignment, size};
  const std::uint64_t before = std::exchange(*may_leave_, 0);
  const bool done = call_core(realloc_, *options_.realloc, slots);
  *may_leave_ = before;
  ptr = static_cast<std::uint32_t>(slots[0]);
  return done;
}

template <class Base>
bool DirectSide<Base>::load_string(std::uint32_t ptr, std::uint32_t tagged_code_units, std::string& text) {
  OptionsMemory memory(instance_, options_);
  const abi::LiftLowerContext cx{instance_.layout(options_), options_.string_encoding, &memory, nullptr};
  auto loaded = abi::load_string_from_range(cx, ptr, tagged_code_units);
  if (!loaded) return this->fail(std::move(loaded).error());
  text = loaded->template get_if<abi::Val::String>()->text;
  return true;
}

template <class Base>
bool DirectSide<Base>::store_string(std::string_view text, std::uint64_t& ptr, std::uint64_t& tagged_code_units) {
  OptionsMemory memory(instance_, options_);
  const abi::LiftLowerContext cx{instance_.layout(options_), options_.string_encoding, &memory, nullptr};
  auto stored = abi::store_string_into_range(cx, {std::string(text)});
  if (!stored) return this->fail(std::move(stored).error());
  ptr = stored->ptr;
  tagged_code_units = stored->length;
  return true;
}

template <class Base>
Trap DirectSide<Base>::take_failure() {
  auto failure = std::exchange(this->failure_, std::nullopt);
  if (!failure) failure = abi::Trap::of(abi::TrapKind::kHost);
  const std::optional<std::int32_t> status = failure->exit_status;
  return status ? Trap::exit(*status) : instance_.to_trap(*std::move(failure));
}

template class DirectSide<host::DirectGuest>;
template class DirectSide<DirectCallee>;

// -- imports ------------------------------------------------------------------------------------

ComponentInstance::Impl::Slot::Slot(Impl* owner, HostSlot number) : instance(owner), slot(number) {}
ComponentInstance::Impl::Slot::~Slot() = default;

std::unique_ptr<DirectImport> ComponentInstance::Impl::make_direct(HostSlot slot) {
  const auto* id = std::get_if<linker::HostLowerId>(&program.targets[slot]);
  if (id == nullptr) return nullptr;
  const linker::HostLower& lower = plan.host_lowers[*id];
  const DirectLink* link = linked->direct[lower.func.value].get();
  const linker::CanonOptions& options = plan.options[lower.lower];
  if (link == nullptr || !can_be_direct(program, plan, options)) return nullptr;
  if (options.memory) {
    const InstanceId owner = program.instances[options.memory->instance];
    if (core->memory_size(owner, wasm::MemoryIndex(options.memory->index)) == nullptr) return nullptr;
  }
  return std::make_unique<DirectImport>(*this, options, *link);
}

HostFunc DirectImport::host_func() { return {has_handles() || caller_ != nullptr ? &run : &run_plain, this}; }

bool DirectImport::run_plain(HostCall& call) {
  auto& self = *static_cast<DirectImport*>(call.user_data);
  if (*self.may_leave_ == 0) [[unlikely]] return call.trap(Trap::of(TrapKind::kCannotLeave));
  const host::DirectFunction& function = self.link_.function.function;
  return function.call(function.state.get(), self, call.slots.data()) || self.end_in_trap(call);
}

bool DirectImport::run(HostCall& call) {
  auto& self = *static_cast<DirectImport*>(call.user_data);
  if (*self.may_leave_ == 0) [[unlikely]] return call.trap(Trap::of(TrapKind::kCannotLeave));
  if (self.has_handles()) self.instance_.enter_scope();
  ComponentInstance* const before = self.caller_ == nullptr ? nullptr : std::exchange(*self.caller_, &self.instance_.self);
  const host::DirectFunction& function = self.link_.function.function;
  const bool done = function.call(function.state.get(), self, call.slots.data());
  if (self.caller_ != nullptr) *self.caller_ = before;
  if (!done) [[unlikely]] return self.end_in_trap(call);
  if (self.has_handles()) self.instance_.exit_scope();
  return true;
}

bool DirectImport::end_in_trap(HostCall& call) {
  Trap trap = take_failure();
  if (std::exchange(is_value_at_fault_, false)) {
    trap.message = fmt::format("host function `{}` returned a value of another type", link_.name);
  }
  trap.exception.reset();  // no exception passes between components
  return call.trap(std::move(trap));
}

// -- exports ------------------------------------------------------------------------------------

std::unique_ptr<DirectCallee> ComponentInstance::find_direct(const ComponentFunc& func, host::DirectFits fits) {
  const auto* lifted = std::get_if<linker::LiftedFunc>(func.def);
  if (lifted == nullptr) return nullptr;
  const linker::Plan& plan = impl_->plan;
  const linker::CanonOptions& options = plan.options[lifted->options];
  if (!can_be_direct(impl_->program, plan, options) || !is_core(impl_->program, lifted->callee)) return nullptr;
  if (options.memory) {
    const InstanceId owner = impl_->program.instances[options.memory->instance];
    if (impl_->core->memory_size(owner, wasm::MemoryIndex(options.memory->index)) == nullptr) return nullptr;
  }
  auto match = std::make_unique<host::TypeMatch>(plan.types);
  if (!fits(*match, plan.types[lifted->type])) return nullptr;
  return std::make_unique<DirectFunc>(*impl_, *lifted, std::move(match));
}

DirectFunc::DirectFunc(ComponentInstance::Impl& instance, const linker::LiftedFunc& func,
                       std::unique_ptr<host::TypeMatch> match)
    : DirectSide(instance, instance.plan.options[func.options], *match),
      func_(func),
      owned_match_(std::move(match)),
      entered_(instance.program.host_enters[options_.instance]) {}

bool DirectFunc::begin() {
  if (instance_.closed || instance_.inside) [[unlikely]] {
    is_refused_ = true;
    return fail(abi::TrapKind::kCannotEnter);
  }
  instance_.inside = true;
  if (!entered_.empty() && !instance_.enter(entered_)) return fail(abi::TrapKind::kCannotEnter);
  if (has_handles()) instance_.enter_scope();
  return true;
}

bool DirectFunc::call(std::uint64_t* slots) { return call_core(callee_, func_.callee, slots); }

bool DirectFunc::finish(std::uint64_t result) {
  auto are_borrows_gone = [&] {
    CallResult gone = instance_.check_borrows(options_.instance, instance_.scopes.current());
    if (!gone) instance_.guest_trap = std::move(gone).error();
    return gone.has_value() || fail(abi::TrapKind::kHost);
  };
  if (has_handles() && !are_borrows_gone()) return false;
  if (options_.post_return) {
    *may_leave_ = 0;
    const bool done = call_core(post_return_, *options_.post_return, &result);
    *may_leave_ = 1;
    if (!done) return false;
  }
  if (has_handles()) {
    if (!are_borrows_gone()) return false;
    instance_.exit_scope();
  }
  if (!entered_.empty()) instance_.leave(entered_);
  instance_.inside = false;
  return true;
}

Trap DirectFunc::take_trap() {
  const bool is_refused = std::exchange(is_refused_, false);
  const bool is_value_at_fault = std::exchange(is_value_at_fault_, false);
  Trap trap = take_failure();
  if (is_refused) return trap;
  instance_.inside = false;
  // An argument that is none: the guest has not run but for realloc, and holds nothing of the call.
  if (is_value_at_fault && !has_handles()) instance_.leave(entered_);
  else instance_.closed = true;
  return trap;
}

}  // namespace witc::engine
