// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "adapter-gen/written_bytes.h"

#include <bit>

namespace witc::abi {
namespace {

/// Types nested deeper are left to adapters' loops: this is recursive.
constexpr std::uint32_t kMaxDepth = 16;
/// And so are those with more parts; a type of few bytes unfolds to few.
constexpr std::uint32_t kMaxWeight = 2 * WrittenBytes::kMostBytes;

/// The first `size` bytes, at most 64.
std::uint64_t bytes(std::uint64_t size) { return size == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << size) - 1; }

class Walk {
 public:
  explicit Walk(const Layout& layout) : layout_(layout) {}

  /// Adds the bytes of a value at `at`. False: not all of its parts are carried over as they are.
  bool add(std::uint64_t& written, const ValType& type, std::uint64_t at) const {
    const std::uint64_t size = layout_.elem_size(type);
    if (at + size > WrittenBytes::kMostBytes) return false;
    if (layout_.copy_class(type) == CopyClass::kPod) {
      written |= bytes(size) << at;
      return true;
    }
    if (layout_.depth(type) > kMaxDepth || layout_.weight(type) > kMaxWeight) return false;
    const ValueType seen = layout_.types().get(type);
    if (const auto* list = std::get_if<component::ListType>(&seen); list != nullptr && list->length) {
      const std::vector<ValType> elements(layout_.elem_size(list->element) == 0 ? 0 : *list->length, list->element);
      return add_record(written, elements, at);
    }
    const bool is_record =
        std::holds_alternative<component::RecordType>(seen) || std::holds_alternative<component::TupleType>(seen);
    return is_record && add_record(written, despecialize_record(seen), at);
  }
  bool add_record(std::uint64_t& written, std::span<const ValType> fields, std::uint64_t at) const {
    const std::vector<std::uint64_t> offsets = layout_.field_offsets(fields);
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (!add(written, fields[i], at + offsets[i])) return false;
    }
    return true;
  }

 private:
  const Layout& layout_;
};

std::optional<WrittenBytes> of_variant(const Layout& layout, const DespecializedVariant& variant, std::uint32_t size) {
  if (variant.cases.size() > WrittenBytes::kMostCases || size > 16 || !std::has_single_bit(size)) return std::nullopt;
  WrittenBytes out{size, true, {}};
  const std::uint32_t payload = layout.payload_offset(variant);
  for (const std::optional<ValType>& item : variant.cases) {
    std::uint64_t& written = out.cases.emplace_back(1);
    if (item && !Walk(layout).add(written, *item, payload)) return std::nullopt;
  }
  return out;
}

}  // namespace

bool WrittenBytes::is_whole() const { return cases[0] == bytes(size); }

WrittenBytes::Lanes WrittenBytes::lanes() const {
  std::uint64_t halves[2] = {};
  for (std::uint32_t i = 1; i < 16; ++i) {
    for (std::size_t item = 0; item < cases.size(); ++item) {
      halves[i / 8] |= (cases[item] >> i % size & 1) << (8 * (i % 8) + item);
    }
  }
  const auto head = static_cast<std::uint64_t>(std::countr_zero(size)) | cases.size() << 4;
  return {halves[0] | head, halves[1]};
}

std::optional<WrittenBytes> written_bytes(const Layout& layout, const ValType& type) {
  const std::uint64_t size = layout.elem_size(type);
  if (size < 2 || size > WrittenBytes::kMostBytes || std::holds_alternative<PrimValType>(type)) return std::nullopt;
  if (auto variant = despecialize_variant(layout.types().get(type))) {
    return of_variant(layout, *variant, static_cast<std::uint32_t>(size));
  }
  const ValType fields[] = {type};
  return written_bytes_record(layout, fields);
}

std::optional<WrittenBytes> written_bytes_record(const Layout& layout, std::span<const ValType> fields) {
  const Layout::Record record = layout.record(fields);
  if (record.size < 2 || record.size > WrittenBytes::kMostBytes) return std::nullopt;
  WrittenBytes out{static_cast<std::uint32_t>(record.size), false, {0}};
  if (!Walk(layout).add_record(out.cases[0], fields, 0)) return std::nullopt;
  return out;
}

}  // namespace witc::abi
