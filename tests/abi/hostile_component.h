// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Two components that do as they are told, for the tests of hostile guests: text, and a running composition of them
// with a way to see their memories after a trap. For each type of kHostileTypes:
//
//     give-<t>     of the callee: whatever its memory has at kGiveAt (the address, or the value itself)
//     via-<t>      of the caller: the callee's give-<t>, by an adapter, into where kReturnAt of its memory says
//     take-<t>     of the callee: takes and does nothing
//     pass-<t>     of the caller: calls take-<t> with the words at kValueAt
//     wpass-<t>    the same with arguments in memory (the value and more than fits core values), at what kWideAt says
//     hpass-<t>, whpass-<t>  both, but of functions of the host: its interpreter lifts
//     fetch-<t>    of the caller: what the host's function returns, which the interpreter lowers into its memory
//
// `poke-a` and `poke-b` write 8 bytes into the memory of the callee (a) and the caller (b). Either's realloc acts as
// its memory says at kModeAt.

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "adapter-gen/layout.h"
#include "adapter-gen/val.h"
#include "engine/component.h"

namespace witc::abi::testing {

inline constexpr std::uint32_t kGiveAt = 8;    // callee: 256 at first
inline constexpr std::uint32_t kReturnAt = 8;  // caller: 1024 at first
inline constexpr std::uint32_t kWideAt = 12;   // caller: 256 at first
inline constexpr std::uint32_t kModeAt = 16;   // what realloc does: ReallocMode, at which call, what it answers
inline constexpr std::uint32_t kValueAt = 256;
inline constexpr std::uint32_t kTextAt = 2048;  // free for what values point to
inline constexpr std::uint32_t kHeapFrom = 65536;
inline constexpr std::uint32_t kMemorySize = 131072;

enum class ReallocMode : std::uint32_t {
  kGood,
  kAnswer,  // a constant
  kTrap,
  kGrow,        // memory, and put the block there
  kLeave,       // calls an import
  kMakeHandle,  // calls resource.new
};

struct HostileType {
  std::string_view name, text;
  int words;  // core values, all i32; of more than one the result is in memory
};
inline constexpr HostileType kHostileTypes[] = {
    {"string", "string", 2},
    {"bytes", "(list u8)", 2},
    {"longs", "(list u64)", 2},
    {"chars", "(list char)", 2},
    {"enums", "(list $e)", 2},
    {"bools", "(list bool)", 2},
    {"flagss", "(list $fl)", 2},
    {"strings", "(list string)", 2},
    {"map", "(map u8 string)", 2},
    {"variant", "$v", 3},
    {"option", "(option (list u32))", 3},
    {"pair", "(list char 2)", 2},
    {"enum", "$e", 1},
    {"char", "char", 1},
    {"bool", "bool", 1},
};

class Hostile {
 public:
  Hostile(StringEncoding callee, StringEncoding caller, engine::OptLevel opt_level);

  /// New instances of both components.
  void restart();
  void poke(char which, std::uint32_t at, std::string_view bytes);
  void poke_words(char which, std::uint32_t at, const std::vector<std::uint32_t>& words);
  void set_realloc(char which, ReallocMode mode, std::uint32_t answer = 0, std::uint32_t from_call = 1);

  /// "ok", or the trap's message; in the second case what the instances are afterwards was checked: they are closed.
  std::string call(std::string_view name, const std::vector<Val>& args = {});
  /// What the last call returned, or the host was given.
  std::optional<Val> value;
  /// What the host's functions return to `fetch`.
  std::optional<Val> to_fetch;

  /// The memories of a and of b, as the last call left them, and as they were before it.
  std::array<std::vector<std::uint8_t>, 2> memories, memories_before;
  /// Did that call leave everything of component `which`'s memory alone, but its heap and the given range?
  [[nodiscard]] bool is_untouched(char which, std::uint32_t from = 0, std::uint32_t to = 0) const;

 private:
  std::array<std::vector<std::uint8_t>, 2> look(const engine::Trap& trap);

  SourceMap sources_;
  engine::Engine engine_;
  engine::Linker linker_;
  std::optional<engine::Component> component_;
  std::optional<engine::ComponentInstance> instance_;
};

}  // namespace witc::abi::testing
