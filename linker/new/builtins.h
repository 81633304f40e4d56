// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The canonical built-ins that a core module imports by name: `[waitable-set-new]` of `$root`,
// `[async-lower][stream-read-0]f`, `[export]a:b/c` `[task-return]f`. The names are those of
// wasm/component/canon.def with hyphens for dots, so that table is the only list; what may stand around a name
// is its immediates:
//
//   [cancellable][thread-yield]        [async-lower][subtask-cancel]     (prefixes)
//   [context-get-0] [context-get-i64-1] [waitable-set-wait-i64]          (slot and address type)
//   [error-context-new-utf8]                                             (string encoding)
//   [stream-read-0]f  [future-new-unit]f   the N-th stream or future in the type of function `f`, or one of nothing
//   [task-return]f                         the exported function that returns
//   [thread-new-indirect-v0]               the only version there is

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wasm/component/ast.h"
#include "wasm/component/canon.h"
#include "wasm/core/types.h"
#include "wit-parser/resolve.h"

namespace witc::linker {

constexpr std::string_view kAsyncLowerPrefix = "[async-lower]";

/// A built-in's name taken apart. What it says of the world (`function`, `index`) is not looked up yet.
struct BuiltinName {
  const component::CanonInfo* info = nullptr;
  bool is_async = false;
  bool is_cancellable = false;
  bool is_64 = false;                                 // addresses or context of 64 bits
  std::uint32_t slot = 0;                             // context.get and .set
  std::optional<component::StringEncoding> encoding;  // error-context.*
  std::optional<std::uint32_t> index;                 // of a stream or future; none for one of nothing
  std::string function;                               // whose signature `index` counts in, or that returns
};

/// No value for what is no built-in's name; resource built-ins are not meant here (module_names.h).
std::optional<BuiltinName> parse_builtin_name(std::string_view name);

/// The name of a built-in of the `index`-th stream or future in a function's type, without `[async-lower]`.
std::string builtin_import_name(const component::CanonInfo& info, std::size_t index, const std::string& function);

/// Streams and futures: a built-in of a type.
bool is_channel(component::CanonOp op);
/// Belongs to exported functions: `task.return`, `task.cancel`.
bool is_exported_only(component::CanonOp op);

/// The streams and futures in the function's type, the inner ones first, parameters before the result.
std::vector<wit::TypeId> futures_and_streams(const wit::Resolve& resolve, const wit::Function& function);

/// The core signature of every built-in but `task.return`.
wasm::FuncType builtin_signature(const BuiltinName& name);

}  // namespace witc::linker
