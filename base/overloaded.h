// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// `match(variant, cases...)`: a std::variant matched by one lambda per alternative, so that a new
// alternative is a compile error at every match.

#include <utility>
#include <variant>

namespace witc {

template <class... Fs>
struct overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
overloaded(Fs...) -> overloaded<Fs...>;

template <class Variant, class... Fs>
decltype(auto) match(Variant&& variant, Fs&&... cases) {
  return std::visit(overloaded{std::forward<Fs>(cases)...}, std::forward<Variant>(variant));
}

}  // namespace witc
