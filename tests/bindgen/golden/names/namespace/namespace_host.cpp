// Conversions and glue of world `namespace`, made by `witc bindgen cpp --host`; changes here will be lost.
#include "namespace_host.h"

namespace wit::host {

template <>
struct Codec<::std_::static_::int_::Struct>
    : RecordCodec<::std_::static_::int_::Struct, &::std_::static_::int_::Struct::class_,
        &::std_::static_::int_::Struct::template_, &::std_::static_::int_::Struct::std> {};
template <>
struct Codec<::std_::static_::int_::Host>
    : RecordCodec<::std_::static_::int_::Host, &::std_::static_::int_::Host::a> {};

}  // namespace wit::host

namespace std_::static_::int_ {

void add_to_linker(wit::HostLinker& linker, [[maybe_unused]] Host_& host) {
  constexpr std::string_view kInterface = "std:static/int";
  linker.define_resource(kInterface, "union", [table = linker.resources()](std::uint64_t rep) { table->drop(rep); });
  linker.define_func(kInterface, "delete",
      ::wit::host::function<std::uint8_t, std::uint8_t, std::span<const Struct>>(linker, host, &Host_::delete_));
  linker.define_func(kInterface, "exports",
      ::wit::host::function<void>(linker, host, &Host_::exports));
  linker.define_func(kInterface, "[static]union.default",
      ::wit::host::function<void>(linker, host, &Host_::union__default_));
  linker.define_func(kInterface, "[method]union.this",
      ::wit::host::method<void, Union>(linker, &Union::this_));
  linker.define_func(kInterface, "[method]union.host",
      ::wit::host::method<void, Union>(linker, &Union::host));
}

}  // namespace std_::static_::int_

namespace std_::static_::namespace_::if_ {

void add_to_linker(wit::HostLinker& linker, [[maybe_unused]] Host& host) {
  constexpr std::string_view kInterface = "if";
  linker.define_func(kInterface, "do",
      ::wit::host::function<void>(linker, host, &Host::do_));
}

}  // namespace std_::static_::namespace_::if_

namespace exports::std_::static_::int_ {

wit::OrTrap<std::uint8_t> Exports::delete_(std::uint8_t new_, std::span<const Struct> wit) const {
  return ::wit::host::call<std::uint8_t, "std:static/int", "delete">(*caller_, new_, wit);
}

wit::OrTrap<void> Exports::exports() const {
  return ::wit::host::call<void, "std:static/int", "exports">(*caller_);
}

wit::OrTrap<void> Exports::union__default_() const {
  return ::wit::host::call<void, "std:static/int", "[static]union.default">(*caller_);
}

wit::OrTrap<void> Union::this_() const {
  return ::wit::host::call<void, "std:static/int", "[method]union.this">(*raw_handle(*this).caller,
      wit::Borrow<Union>(*this));
}

wit::OrTrap<void> Union::host() const {
  return ::wit::host::call<void, "std:static/int", "[method]union.host">(*raw_handle(*this).caller,
      wit::Borrow<Union>(*this));
}

}  // namespace exports::std_::static_::int_

namespace exports::std_::static_::namespace_::stdin_ {

wit::OrTrap<std::string> Exports::read() const {
  return ::wit::host::call<std::string, "stdin", "read">(*caller_);
}

}  // namespace exports::std_::static_::namespace_::stdin_
