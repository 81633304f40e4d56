// Conversions and glue of world `both`, made by `witc bindgen cpp --host`; changes here will be lost.
#include "both_host.h"

namespace wit::host {

template <>
struct Codec<::golden::uses::a::Plain>
    : RecordCodec<::golden::uses::a::Plain, &::golden::uses::a::Plain::x> {};
template <>
struct Codec<::golden::uses::a::Carrying>
    : RecordCodec<::golden::uses::a::Carrying, &::golden::uses::a::Carrying::h> {};
template <>
struct Codec<::exports::golden::uses::a::Carrying>
    : RecordCodec<::exports::golden::uses::a::Carrying, &::exports::golden::uses::a::Carrying::h> {};

}  // namespace wit::host

namespace golden::uses::a {

void add_to_linker(wit::HostLinker& linker, [[maybe_unused]] Host& host) {
  constexpr std::string_view kInterface = "golden:uses/a@0.1.0";
  linker.define_resource(kInterface, "handle", [table = linker.resources()](std::uint64_t rep) { table->drop(rep); });
}

}  // namespace golden::uses::a

namespace exports::golden::uses::b {

wit::OrTrap<Carrying> Exports::f(const Plain& p, wit::Borrow<OtherHandle> h) const {
  return ::wit::host::call<Carrying, "golden:uses/b@0.1.0", "f">(*caller_, p, h);
}

}  // namespace exports::golden::uses::b
