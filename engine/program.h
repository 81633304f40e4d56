// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// A Program: a whole composition as the engine takes it, plain data. It is a list of core instances, adapters among
// them, with every import of each resolved to an item of an earlier instance, to a host function or to an intrinsic.
// Because all is known before any code is made, calls between instances become direct calls with a constant added to
// the context register, imported memories, tables and globals become constant offsets, and LLVM inlines adapters away.
//
//     Program --Engine::compile--> CompiledProgram --Engine::instantiate--> Instance     (engine/engine.h)
//
// The modules must be valid (wasm/core/validate.h) and outlive what is compiled and instantiated from the Program.

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "engine/trap.h"
#include "engine/types.h"
#include "wasm/core/module.h"

namespace witc::wasm {
struct BodyFacts;  // wasm/core/validate.h
}

namespace witc::engine {

struct HostSlotTag {};
/// A host function of a Program; what it does is given when the Program is instantiated.
using HostSlot = Id<HostSlotTag>;

struct MemorySlotTag {};
/// A memory of the host. A shared one: which one is said when the Program is instantiated. Any other is a *block*: bytes of
/// the runtime's own, of each Instance, that may move whenever the host is called (Instance::block). Accesses to one are
/// not checked at all, so only internal instances may import it, whose code is made by the runtime and looks after itself.
using MemorySlot = Id<MemorySlotTag>;

enum class Intrinsic : std::uint8_t {
#define WITC_INTRINSIC(name) name,
#include "engine/intrinsic.def"
#undef WITC_INTRINSIC
};

/// A C++ function of the runtime that compiled code calls directly (engine/native.def), its arguments in registers: no
/// slots, no host function in between. Only modules made for the purpose import one: it cannot be referred to.
enum class Native : std::uint8_t {
#define WITC_NATIVE(name, params, results) name,
#include "engine/native.def"
#undef WITC_NATIVE
};
inline constexpr std::size_t kNatives = 0
#define WITC_NATIVE(name, params, results) +1
#include "engine/native.def"
#undef WITC_NATIVE
    ;
struct NativeFunc {
  Native native;
  /// For each parameter that is an address (`p` in native.def), in their order: the memory it is of, in the importing
  /// module's index space. The function gets a pointer; that what it will access lies within is the caller's business.
  std::array<std::uint32_t, 2> memories = {};

  friend bool operator==(const NativeFunc&, const NativeFunc&) = default;
};
/// The type it is imported by.
wasm::FuncType type_of(Native native);
/// Is this parameter an address?
bool is_address(Native native, std::size_t param);

/// An item of an earlier instance, in its index space of the import's kind (imports included).
struct InstanceItem {
  InstanceId instance;
  std::uint32_t index = 0;
};
using ImportBinding = std::variant<InstanceItem, HostSlot, Intrinsic, MemorySlot, NativeFunc>;

struct CoreInstance {
  const wasm::Module* module = nullptr;
  std::string name;                     // for traps, e.g. `app:main/core`
  std::vector<ImportBinding> imports;   // one for each of module->imports
  bool inline_always = false;           // an adapter: compiled into each of its callers
  bool is_internal = false;             // made for the others' sake: not one of EngineOptions::max_instances, nor seen in traps
  /// What is known of the module's bodies without reading them; may be null.
  std::shared_ptr<const wasm::BodyFacts> facts{};
};

struct HostDecl {
  std::string name;  // for traps
  wasm::FuncType type;
  const wasm::Module* module = nullptr;  // whose defined types `type` refers to, if it refers to any
};

struct Program {
  /// More instances may be added after it is compiled (Engine::extend): nothing is concluded from what is not there.
  bool is_open = false;
  /// Of an open program: what is added to it makes no tail calls and has no tags, so that its code need not provide for
  /// them: for every call another convention, which LLVM's quick path does not know, and a look for an exception after it.
  bool is_plain = false;
  IdVector<InstanceId, CoreInstance> instances;
  IdVector<HostSlot, HostDecl> hosts;
  IdVector<MemorySlot, wasm::MemoryType> memories;  // shared ones first, then blocks
};

/// May it be added to a program that is plain? `facts` may be null.
bool is_plain(const wasm::Module& module, const wasm::BodyFacts* facts);

/// Does an item of type `provided` fit an import that wants `required`? Minimum sizes are not compared: it is the size at
/// instantiation that counts, and `Instance::instantiate_one` looks at it. Core specification, "Validation > Matching".
/// Types refer to their own modules; `types` is where the two are compared, and takes them in.
bool matches(TypeSpace& types, const wasm::ExternType& provided, const wasm::Module& provider,
             const wasm::ExternType& required, const wasm::Module& requirer);

/// The type of an item of a module.
wasm::ExternType item_type(const wasm::Module& module, wasm::ExternKind kind, std::uint32_t index);

/// Does every import get an item of its type? Every binding must be present and earlier: whoever makes a Program has
/// validated what it is made of. Errors: kEngineUnsupported, where a binding's type does not match.
Result<void> check(const Program& program);
/// The same for its last instance, where the others were checked before.
Result<void> check_last(const Program& program);

}  // namespace witc::engine
