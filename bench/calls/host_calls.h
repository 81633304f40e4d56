// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Calls between the host and a component on our engine: with C++ types (engine/typed_func.h), or with values of dynamic
// types.

#include <cstdint>
#include <optional>
#include <string_view>

#include "bench/calls/rows.h"
#include "bench/harness.h"
#include "engine/component.h"
#include "engine/typed_func.h"

namespace witc::bench {

inline constexpr const char* kSixteen = "sixteen bytes...";

/// What the host's function gives back, and all of them do: its argument plus 1, or the length plus 1.
inline std::uint32_t answer(std::uint64_t argument) { return static_cast<std::uint32_t>(argument) + 1; }

/// Defines the host's `f` as the row wants it.
inline void define_host(engine::Linker& linker, HostCall host, bool is_typed) {
  if (is_typed && host == HostCall::kOutScalar) {
    engine::define_typed<std::uint32_t(std::uint32_t)>(linker, "", "f", [](std::uint32_t x) { return answer(x); });
    return;
  }
  if (is_typed && host == HostCall::kOutString) {
    engine::define_typed<std::uint32_t(std::string_view)>(linker, "", "f",
                                                          [](std::string_view x) { return answer(x.size()); });
    return;
  }
  linker.func("", "f", [](engine::HostContext&, std::span<const abi::Val> args) -> engine::HostResult {
    if (const auto* text = args[0].get_if<abi::Val::String>()) return abi::Val::unsigned_(answer(text->text.size()));
    return abi::Val::unsigned_(answer(*args[0].get_if<std::uint64_t>()));
  });
}

/// Calls a component's `f` from the host.
class HostCaller {
 public:
  HostCaller(engine::ComponentInstance& instance, HostCall host, bool is_typed)
      : instance_(instance), host_(host), func_(*instance.component().find_func("", "f")) {
    if (!is_typed) return;
    if (host == HostCall::kIntoScalar)
      scalar_ = find<std::uint32_t(std::uint32_t)>();
    else
      string_ = find<std::uint32_t(std::string_view)>();
  }
  /// The last result.
  std::uint32_t run(std::uint64_t n) {
    std::uint32_t last = 0;
    if (scalar_) {
      for (std::uint64_t i = 0; i < n; ++i) last = result((*scalar_)(static_cast<std::uint32_t>(i)));
      return last;
    }
    if (string_) {
      for (std::uint64_t i = 0; i < n; ++i) last = result((*string_)(kSixteen));
      return last;
    }
    abi::Val argument = abi::Val::string(kSixteen);
    for (std::uint64_t i = 0; i < n; ++i) {
      if (host_ == HostCall::kIntoScalar) argument = abi::Val::unsigned_(i);
      last = static_cast<std::uint32_t>(*result(instance_.call(func_, {&argument, 1}))->get_if<std::uint64_t>());
    }
    return last;
  }

 private:
  template <class T>
  static T result(std::expected<T, engine::Trap> result) {
    if (!result) fail(result.error().message);
    return *std::move(result);
  }

  engine::ComponentInstance& instance_;
  HostCall host_;
  engine::ComponentFunc func_;
  template <class Signature>
  engine::TypedFunc<Signature> find() {
    return result(engine::TypedFunc<Signature>::find(instance_, "", "f"));
  }
  std::optional<engine::TypedFunc<std::uint32_t(std::uint32_t)>> scalar_;
  std::optional<engine::TypedFunc<std::uint32_t(std::string_view)>> string_;
};

}  // namespace witc::bench
