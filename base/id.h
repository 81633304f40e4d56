// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Strong ids. Everything one stage refers to in another is an index into a vector; the index spaces
// of WebAssembly are many (core functions, component functions, types of either, instances of
// either, ...), and mixing two of them up is the most common mistake in this kind of program. So
// each index space gets its own type, made from one template, and its own vector that takes only it.
//
//     struct FuncTag { static constexpr std::string_view kName = "func"; };
//     using FuncIndex = Id<FuncTag>;
//     IdVector<FuncIndex, FuncDecl> funcs;

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <ranges>
#include <span>
#include <utility>
#include <vector>

#include "base/check.h"

namespace witc {

template <class Tag>
struct Id {
  std::uint32_t value = 0;

  constexpr Id() = default;
  constexpr explicit Id(std::size_t v) : value(static_cast<std::uint32_t>(v)) {}

  friend constexpr bool operator==(Id, Id) = default;
  friend constexpr auto operator<=>(Id, Id) = default;
};

/// A vector indexed by one kind of id only. Out-of-range access is a bug of ours and aborts.
template <class IdType, class T>
class IdVector {
 public:
  using value_type = T;

  IdVector() = default;
  explicit IdVector(std::size_t count) : items_(count) {}

  [[nodiscard]] std::size_t size() const { return items_.size(); }
  [[nodiscard]] bool empty() const { return items_.empty(); }
  [[nodiscard]] bool contains(IdType id) const { return id.value < items_.size(); }
  /// The id the next `push` gives.
  [[nodiscard]] IdType next_id() const { return IdType(items_.size()); }

  IdType push(T item) {
    items_.push_back(std::move(item));
    return IdType(items_.size() - 1);
  }

  T& operator[](IdType id) {
    WITC_CHECK(contains(id));
    return items_[id.value];
  }
  const T& operator[](IdType id) const {
    WITC_CHECK(contains(id));
    return items_[id.value];
  }

  auto begin() { return items_.begin(); }
  auto end() { return items_.end(); }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }
  T& back() { return items_.back(); }
  const T& back() const { return items_.back(); }

  void resize(std::size_t count) { items_.resize(count); }
  void reserve(std::size_t count) { items_.reserve(count); }
  void clear() { items_.clear(); }
  void pop_back() { items_.pop_back(); }

  /// Every id, in order.
  [[nodiscard]] auto ids() const {
    return std::views::iota(std::size_t{0}, items_.size()) |
           std::views::transform([](std::size_t i) { return IdType(i); });
  }
  [[nodiscard]] const std::vector<T>& items() const { return items_; }

  friend bool operator==(const IdVector&, const IdVector&) = default;

 private:
  std::vector<T> items_;
};

}  // namespace witc

template <class Tag>
struct std::hash<witc::Id<Tag>> {
  std::size_t operator()(witc::Id<Tag> id) const noexcept {
    return std::hash<std::uint32_t>{}(id.value);
  }
};
