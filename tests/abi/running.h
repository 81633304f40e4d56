// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Two guests (guests.h) and adapters between them as one running program, with what the adapters import. Component
// instance 1 is the caller, 2 the callee.

#include <deque>
#include <optional>

#include "adapter-gen/adapter.h"
#include "adapter-gen/fake_guest.h"
#include "engine/testing.h"
#include "guests.h"

namespace witc::abi::testing {

/// A guest of a running program, as the interpreter sees guests.
class Guest : public GuestMemory {
 public:
  Guest(engine::Instance& instance, engine::InstanceId id) : instance_(instance), id_(id) { reset(); }

  std::span<std::uint8_t> bytes() override { return instance_.memory(id_, {}); }
  OrTrap<std::uint64_t> realloc(std::uint64_t old, std::uint64_t old_byte_length, std::uint32_t alignment,
                                std::uint64_t new_byte_length) override;
  /// Memory of zeros, no log.
  void reset();
  /// The same, of memory that is known to be as wanted.
  void reset_globals();
  std::uint64_t bump() { return instance_.global(id_, kBumpGlobal); }
  std::uint64_t& word(std::uint64_t at) { return *reinterpret_cast<std::uint64_t*>(bytes().data() + at); }
  std::vector<Heap::Call> log();

 private:
  engine::Instance& instance_;
  engine::InstanceId id_;
};

/// What the host functions behind intrinsics work on.
struct Runtime {
  std::optional<Guest> lower, lift;
  HandleList lower_handles, lift_handles;
  Guest& guest(Side side) { return side == Side::kLift ? *lift : *lower; }
  HandleList& handles(std::uint64_t instance) { return instance == 2 ? lift_handles : lower_handles; }
};

class RunningGuests {
 public:
  /// Compiles adapters with a callee each. The plans' sides must be instances 1 and 2.
  RunningGuests(const std::vector<const AdapterPlan*>& plans, engine::OptLevel opt_level);

  /// Calls adapter number `i`.
  engine::CallResult call(std::size_t i, std::span<std::uint64_t> args, std::span<std::uint64_t> results) {
    return instance_->call(adapters_[i], "adapter", args, results);
  }
  /// may_leave and may_enter of all instances are true again.
  void reset_flags();
  /// Machine code of all adapters, in bytes.
  [[nodiscard]] std::size_t code_bytes() const;
  Runtime runtime;

 private:
  struct IntrinsicSlot {
    IntrinsicImport import;
    Runtime* runtime;
  };
  static OrTrap<std::uint64_t> run_intrinsic(const IntrinsicSlot& slot, std::span<const std::uint64_t> args);
  static bool call_intrinsic(engine::HostCall& call);
  engine::InstanceId add_adapter(const AdapterPlan& plan, std::size_t number);
  engine::ImportBinding bind(const wasm::Module& adapter, const wasm::Import& import, std::size_t number);

  engine::testing::World world_;
  std::deque<wasm::Module> modules_;
  std::deque<IntrinsicSlot> slots_;
  std::vector<engine::InstanceId> adapters_;
  engine::InstanceId flags_, lower_, lift_;
  std::optional<engine::CompiledProgram> code_;
  std::optional<engine::Instance> instance_;
};

}  // namespace witc::abi::testing
