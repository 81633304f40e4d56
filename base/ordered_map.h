// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// A map that iterates in the order of insertion: what WIT worlds, interfaces and component exports
// are. Order is part of their meaning (printing, encoding and index assignment follow it).

#include <cstddef>
#include <unordered_map>
#include <utility>
#include <vector>

namespace witc {

template <class K, class V, class Hash = std::hash<K>>
class OrderedMap {
 public:
  using value_type = std::pair<K, V>;

  /// False (and no change) if the key is there already.
  bool insert(K key, V value) {
    auto [_, fresh] = index_.try_emplace(key, items_.size());
    if (fresh) items_.emplace_back(std::move(key), std::move(value));
    return fresh;
  }
  /// Null if the key is absent. The pointer lives until the next insert.
  V* find(const K& key) {
    auto it = index_.find(key);
    return it == index_.end() ? nullptr : &items_[it->second].second;
  }
  const V* find(const K& key) const {
    auto it = index_.find(key);
    return it == index_.end() ? nullptr : &items_[it->second].second;
  }
  [[nodiscard]] bool contains(const K& key) const { return index_.contains(key); }

  /// Removes a key, keeping the order of the others; linear.
  bool erase(const K& key) {
    auto it = index_.find(key);
    if (it == index_.end()) return false;
    std::size_t at = it->second;
    items_.erase(items_.begin() + static_cast<std::ptrdiff_t>(at));
    index_.erase(it);
    for (auto& [_, position] : index_) {
      if (position > at) --position;
    }
    return true;
  }

  [[nodiscard]] std::size_t size() const { return items_.size(); }
  [[nodiscard]] bool empty() const { return items_.empty(); }
  auto begin() { return items_.begin(); }
  auto end() { return items_.end(); }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }
  const value_type& at(std::size_t position) const { return items_.at(position); }

 private:
  std::vector<value_type> items_;
  std::unordered_map<K, std::size_t, Hash> index_;
};

}  // namespace witc
