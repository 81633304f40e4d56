// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What the composition of chain_component.h must do, worked out by the generic interpreter alone: every byte of every
// component's heap, every realloc and core value, what the host is given at the end of the chain and what it gets back.
// The three components are byte arrays here and their handle tables lists as in definitions.py, `Table`.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "adapter-gen/interpreter.h"
#include "chain_component.h"

namespace witc::abi::testing {

/// A component's memory, realloc and handle table, as kLibc of chain_component.cpp has them.
class ChainGuest : public GuestMemory, public GuestHandles {
 public:
  ChainGuest() : memory_(std::size_t{kChainPages} << 16) {}

  std::span<std::uint8_t> bytes() override { return memory_; }
  OrTrap<std::uint64_t> realloc(std::uint64_t old, std::uint64_t old_byte_length, std::uint32_t alignment,
                                std::uint64_t new_byte_length) override;
  OrTrap<std::uint64_t> lift_own(ResourceId resource, std::uint32_t index) override;
  OrTrap<std::uint64_t> lift_borrow(ResourceId resource, std::uint32_t index) override;
  OrTrap<std::uint32_t> lower_own(ResourceId resource, std::uint64_t rep) override;
  OrTrap<std::uint32_t> lower_borrow(ResourceId resource, std::uint64_t rep) override;

  void push(std::uint64_t word);
  void give_back_loans();
  /// Drops all borrowed handles; bit 31 says that one is of `second`.
  std::vector<std::uint32_t> drop_borrows(ResourceId second);
  void reset() { bump_ = kChainHeapAt, trace_.clear(); }

  [[nodiscard]] std::span<const std::uint8_t> trace() const { return trace_; }
  [[nodiscard]] std::span<std::uint8_t> heap() { return bytes().subspan(kChainHeapAt, bump_ - kChainHeapAt); }

 private:
  struct Handle {
    ResourceId resource;
    std::uint64_t rep = 0;
    bool is_own = true;
    std::uint32_t num_lends = 0;
  };
  OrTrap<Handle*> get(ResourceId resource, std::uint32_t index);
  std::uint32_t add(Handle handle);
  void remove(std::uint32_t index);

  std::vector<std::uint8_t> memory_, trace_;
  std::uint64_t bump_ = kChainHeapAt;
  std::vector<std::optional<Handle>> array_ = {std::nullopt};
  std::vector<std::uint32_t> free_, lent_;
};

/// One call: of which function, and what goes in at either end.
struct ChainCase {
  FuncTypeId type;
  std::vector<Val> args;
  std::optional<Val> result;
};

/// A byte to change: of component `who / 2`'s heap, as it calls on (even) or returns (odd).
struct ChainSpoil {
  std::uint32_t who = 0;
  std::uint64_t at = 0;  // modulo the heap's size
  std::uint8_t mask = 1;
};

/// What can be seen of a call. Bytes are Latin-1 characters here, in UTF-8, as the host gets them.
struct ChainRun {
  struct Look {
    std::string trace, heap;
    std::uint64_t flip = 0;  // what `seen` answers
    friend bool operator==(const Look&, const Look&) = default;
  };
  std::array<std::optional<Look>, 6> looks;
  std::array<std::vector<std::uint32_t>, 3> borrows;  // to drop
  std::optional<std::vector<Val>> at_the_end;         // what the host's function is given
  std::optional<std::vector<Val>> result;             // none: it trapped
  std::optional<TrapKind> trap;
};

class ChainOracle {
 public:
  ChainOracle(const Layout& layout, const ChainShape& shape) : layout_(layout), shape_(shape) {}
  ChainRun run(const ChainCase& item, const std::optional<ChainSpoil>& spoil = std::nullopt);

 private:
  LiftLowerContext context(std::uint32_t who) { return {layout_, shape_.encodings[who], &guests_[who], &guests_[who]}; }
  OrTrap<void> carry(const ChainCase& item, ChainRun& out);
  void look(std::uint32_t who, ChainRun& out);

  const Layout& layout_;
  const ChainShape& shape_;
  std::array<ChainGuest, 3> guests_;
  std::optional<ChainSpoil> spoil_;
};

/// Each byte as a character.
std::string latin1_text(std::span<const std::uint8_t> bytes);

}  // namespace witc::abi::testing
