// Bindings for world `both` of `golden:kinds`, made by `witc bindgen cpp`; changes here will be lost.
// How WIT types look in C++ stands at the head of wit.h.
#pragma once

#include "wit_resource.h"

// Import `golden:kinds/types`: to be called.
namespace golden::kinds::types {

struct Point;
class File;
struct Entry;
struct Variant;

enum class Enum : std::uint8_t {
  kDefault,
  kRed,
};

struct Flags : wit::Flags<Flags, std::uint8_t> {
  using wit::Flags<Flags, std::uint8_t>::Flags;
  static const Flags kRead;
  static const Flags kWrite;
};
inline constexpr Flags Flags::kRead{1u << 0};
inline constexpr Flags Flags::kWrite{1u << 1};

using Names = std::vector<std::string>;

using Grid = std::array<std::array<std::uint8_t, 4>, 2>;

using Scores = std::map<std::string, std::uint32_t>;

/// A resource.
class File : public wit::Handle<File> {
 public:
  /// Opens.
  explicit File(std::string_view name);
  /// Reads.
  std::vector<std::uint8_t> read(std::uint32_t count) const;
  static std::optional<File> find(std::string_view name);

  using wit::Handle<File>::Handle;
  static void drop_(wit::RawHandle handle);
};

/// A record.
struct Point {
  std::int32_t x = 0;
  std::int32_t y = 0;

  friend bool operator==(const Point&, const Point&) = default;
};

struct Entry {
  std::string name;
  File file;
};

struct Variant {
  struct None {
    friend bool operator==(const None&, const None&) = default;
  };
  struct Float {
    double value = 0;
    friend bool operator==(const Float&, const Float&) = default;
  };
  struct Point {
    ::golden::kinds::types::Point value;
    friend bool operator==(const Point&, const Point&) = default;
  };
  struct Variant_ {
    std::string value;
    friend bool operator==(const Variant_&, const Variant_&) = default;
  };
  struct Class {
    std::vector<::golden::kinds::types::Point> value;
    friend bool operator==(const Class&, const Class&) = default;
  };
  using Cases = std::variant<None, Float, Point, Variant_, Class>;

  Cases value;

  friend bool operator==(const Variant&, const Variant&) = default;
};

std::tuple<Point, Names> by_value(const Point& a, const Variant& b, Enum c, Flags d, std::span<const std::string> e,
    const Grid& f, const Scores& g);

wit::expected<Names, Enum> lent(wit::Borrow<File> file, std::span<const wit::Borrow<File>> many,
    std::optional<std::string_view> maybe);

wit::expected<void, std::string> given(File file, std::vector<Entry> entries);

}  // namespace golden::kinds::types

// Import of world `both`: to be called.
namespace golden::kinds::both {

void log(std::string_view text);

}  // namespace golden::kinds::both

// Export `golden:kinds/types`: to be defined by you.
namespace exports::golden::kinds::types {

class File;
struct Entry;

using Point = ::golden::kinds::types::Point;

using Variant = ::golden::kinds::types::Variant;

using Enum = ::golden::kinds::types::Enum;

using Flags = ::golden::kinds::types::Flags;

using Names = ::golden::kinds::types::Names;

using Grid = ::golden::kinds::types::Grid;

using Scores = ::golden::kinds::types::Scores;

/// A resource.
class File {
 public:
  virtual ~File() = default;

  // To be defined.
  /// Opens.
  static std::unique_ptr<File> create(std::string_view name);
  static std::optional<std::unique_ptr<File>> find(std::string_view name);

  // To be overridden.
  /// Reads.
  virtual std::vector<std::uint8_t> read(std::uint32_t count) = 0;
};

struct Entry {
  std::string name;
  std::unique_ptr<File> file;
};

std::tuple<Point, Names> by_value(Point a, Variant b, Enum c, Flags d, std::span<const std::string> e, Grid f,
    Scores g);

wit::expected<Names, Enum> lent(File& file, std::span<const std::reference_wrapper<File>> many,
    std::optional<std::string_view> maybe);

wit::expected<void, std::string> given(std::unique_ptr<File> file, std::vector<Entry> entries);

}  // namespace exports::golden::kinds::types

// Export of world `both`: to be defined by you.
namespace exports::golden::kinds::both {

wit::expected<void, std::monostate> run();

}  // namespace exports::golden::kinds::both
