// Conversions and glue of world `both`, made by `witc bindgen cpp --host`; changes here will be lost.
#include "both_host.h"

namespace wit::host {

template <>
struct Codec<::golden::kinds::types::Point>
    : RecordCodec<::golden::kinds::types::Point, &::golden::kinds::types::Point::x,
        &::golden::kinds::types::Point::y> {};
template <>
struct Codec<::golden::kinds::types::Entry>
    : RecordCodec<::golden::kinds::types::Entry, &::golden::kinds::types::Entry::name,
        &::golden::kinds::types::Entry::file> {};
template <>
struct Codec<::golden::kinds::types::Enum> : EnumCodec<::golden::kinds::types::Enum, 2> {};
template <>
struct Codec<::golden::kinds::types::Flags> : FlagsCodec<::golden::kinds::types::Flags, 2> {};
template <>
struct Codec<::exports::golden::kinds::types::Entry>
    : RecordCodec<::exports::golden::kinds::types::Entry, &::exports::golden::kinds::types::Entry::name,
        &::exports::golden::kinds::types::Entry::file> {};

}  // namespace wit::host

namespace golden::kinds::types {

void add_to_linker(wit::HostLinker& linker, [[maybe_unused]] Host& host) {
  constexpr std::string_view kInterface = "golden:kinds/types";
  linker.define_resource(kInterface, "file", [table = linker.resources()](std::uint64_t rep) { table->drop(rep); });
  linker.define_func(kInterface, "by-value",
      ::wit::host::function<std::tuple<Point, Names>, Point, Variant, Enum, Flags, std::span<const std::string>, Grid,
          Scores>(linker, host, &Host::by_value));
  linker.define_func(kInterface, "lent",
      ::wit::host::function<wit::expected<Names, Enum>, std::reference_wrapper<File>,
          std::span<const std::reference_wrapper<File>>, std::optional<std::string_view>>(linker, host, &Host::lent));
  linker.define_func(kInterface, "given",
      ::wit::host::function<wit::expected<void, std::string>, std::unique_ptr<File>, std::vector<Entry>>(linker, host,
          &Host::given));
  linker.define_func(kInterface, "[constructor]file",
      ::wit::host::function<std::unique_ptr<File>, std::string_view>(linker, host, &Host::file_create));
  linker.define_func(kInterface, "[static]file.find",
      ::wit::host::function<std::optional<std::unique_ptr<File>>, std::string_view>(linker, host, &Host::file_find));
  linker.define_func(kInterface, "[method]file.read",
      ::wit::host::method<std::vector<std::uint8_t>, File, std::uint32_t>(linker, &File::read));
}

}  // namespace golden::kinds::types

namespace golden::kinds::both {

void add_to_linker(wit::HostLinker& linker, [[maybe_unused]] Host& host) {
  constexpr std::string_view kInterface = "";
  linker.define_func(kInterface, "log",
      ::wit::host::function<void, std::string_view>(linker, host, &Host::log));
}

}  // namespace golden::kinds::both

namespace exports::golden::kinds::types {

wit::OrTrap<std::tuple<Point, Names>> Exports::by_value(const Point& a, const Variant& b, Enum c, Flags d,
    std::span<const std::string> e, const Grid& f, const Scores& g) const {
  return ::wit::host::call<std::tuple<Point, Names>, "golden:kinds/types", "by-value">(*caller_, a, b, c, d, e, f, g);
}

wit::OrTrap<wit::expected<Names, Enum>> Exports::lent(wit::Borrow<File> file, std::span<const wit::Borrow<File>> many,
    std::optional<std::string_view> maybe) const {
  return ::wit::host::call<wit::expected<Names, Enum>, "golden:kinds/types", "lent">(*caller_, file, many, maybe);
}

wit::OrTrap<wit::expected<void, std::string>> Exports::given(File file, std::vector<Entry> entries) const {
  return ::wit::host::call<wit::expected<void, std::string>, "golden:kinds/types", "given">(*caller_, file, entries);
}

wit::OrTrap<File> Exports::file_create(std::string_view name) const {
  return ::wit::host::call<File, "golden:kinds/types", "[constructor]file">(*caller_, name);
}

wit::OrTrap<std::optional<File>> Exports::file_find(std::string_view name) const {
  return ::wit::host::call<std::optional<File>, "golden:kinds/types", "[static]file.find">(*caller_, name);
}

wit::OrTrap<std::vector<std::uint8_t>> File::read(std::uint32_t count) const {
  return ::wit::host::call<std::vector<std::uint8_t>, "golden:kinds/types",
      "[method]file.read">(*raw_handle(*this).caller, wit::Borrow<File>(*this), count);
}

}  // namespace exports::golden::kinds::types

namespace exports::golden::kinds::both {

wit::OrTrap<wit::expected<void, std::monostate>> Exports::run() const {
  return ::wit::host::call<wit::expected<void, std::monostate>, "", "run">(*caller_);
}

}  // namespace exports::golden::kinds::both
