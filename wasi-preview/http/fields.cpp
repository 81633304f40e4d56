// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// wasi:http/types `fields`. Names are compared without case and shown in lower case. What is judged first is as in wasmtime:
// the name's syntax, whether it is forbidden, then whether the fields may change at all; values last when they are set.
#include <algorithm>

#include "wasi-preview/http/resources.h"

namespace witc::wasi {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return result;
}

std::string_view as_text(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
types::FieldValue as_bytes(const std::string& text) { return {text.begin(), text.end()}; }

wit::unexpected<types::HeaderError> invalid() {
  return wit::unexpected<types::HeaderError>(types::HeaderError{types::HeaderError::InvalidSyntax{}});
}
wit::unexpected<types::HeaderError> immutable() {
  return wit::unexpected<types::HeaderError>(types::HeaderError{types::HeaderError::Immutable{}});
}

bool is_value_of(std::string_view name, std::string_view value) {
  return net::is_field_value(value) &&
         (!net::same_name(name, "content-length") || net::content_length({{"content-length", std::string(value)}}).is_valid);
}

}  // namespace

Fields::Fields(std::size_t limit, net::FieldList list, bool is_mutable)
    : limit_(limit), list_(std::move(list)), is_mutable_(is_mutable) {
  for (net::Field& field : list_) {
    field.name = lower(field.name);
    size_ += cost(field);
  }
}

std::size_t Fields::cost(const net::Field& field) { return field.name.size() + field.value.size() + 64; }

bool Fields::grow(std::size_t more) {
  if (size_ + more > limit_) {
    trap("the fields are larger than the host allows");
    return false;
  }
  size_ += more;
  return true;
}

wit::expected<void, types::HeaderError> Fields::check(std::string_view name) const {
  if (!net::is_token(name)) return invalid();
  if (net::is_forbidden_field(name)) return wit::unexpected<types::HeaderError>(types::HeaderError{types::HeaderError::Forbidden{}});
  if (!is_mutable_) return immutable();
  return {};
}

std::vector<types::FieldValue> Fields::get(std::string_view name) {
  std::vector<types::FieldValue> values;
  for (const net::Field& field : list_) {
    if (net::same_name(field.name, name)) values.push_back(as_bytes(field.value));
  }
  return values;
}

bool Fields::has(std::string_view name) { return net::find_field(list_, name) != nullptr; }

wit::expected<void, types::HeaderError> Fields::set(std::string_view name, std::span<const types::FieldValue> value) {
  if (auto fine = check(name); !fine) return fine;
  for (const types::FieldValue& one : value) {
    if (!is_value_of(name, as_text(one))) return invalid();
  }
  (void)delete_(name);
  for (const types::FieldValue& one : value) {
    net::Field field{lower(name), std::string(as_text(one))};
    if (!grow(cost(field))) return {};
    list_.push_back(std::move(field));
  }
  return {};
}

wit::expected<void, types::HeaderError> Fields::delete_(std::string_view name) {
  if (auto fine = check(name); !fine) return fine;
  std::erase_if(list_, [&](const net::Field& field) {
    const bool is_it = net::same_name(field.name, name);
    if (is_it) size_ -= cost(field);
    return is_it;
  });
  return {};
}

wit::expected<void, types::HeaderError> Fields::append(std::string_view name, std::span<const std::uint8_t> value) {
  auto fine = check(name);
  if (!fine && !std::holds_alternative<types::HeaderError::Immutable>(fine.error().value)) return fine;
  if (!is_value_of(name, as_text(value))) return invalid();
  if (!fine) return fine;
  net::Field field{lower(name), std::string(as_text(value))};
  if (grow(cost(field))) list_.push_back(std::move(field));
  return {};
}

std::vector<std::tuple<types::FieldName, types::FieldValue>> Fields::entries() {
  std::vector<std::tuple<types::FieldName, types::FieldValue>> all;
  for (const net::Field& field : list_) all.emplace_back(field.name, as_bytes(field.value));
  return all;
}

std::unique_ptr<types::Fields> Fields::clone() { return std::make_unique<Fields>(limit_, list_, true); }

}  // namespace witc::wasi
