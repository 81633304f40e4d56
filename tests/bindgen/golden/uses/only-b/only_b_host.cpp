// Conversions and glue of world `only-b`, made by `witc bindgen cpp --host`; changes here will be lost.
#include "only_b_host.h"

namespace wit::host {

template <>
struct Codec<::golden::uses::a::Plain>
    : RecordCodec<::golden::uses::a::Plain, &::golden::uses::a::Plain::x> {};
template <>
struct Codec<::golden::uses::a::Carrying>
    : RecordCodec<::golden::uses::a::Carrying, &::golden::uses::a::Carrying::h> {};

}  // namespace wit::host

namespace golden::uses::a {

void add_to_linker(wit::HostLinker& linker, [[maybe_unused]] Host& host) {
  constexpr std::string_view kInterface = "golden:uses/a@0.1.0";
  linker.define_resource(kInterface, "handle", [table = linker.resources()](std::uint64_t rep) { table->drop(rep); });
}

}  // namespace golden::uses::a

namespace golden::uses::only_b {

void add_to_linker(wit::HostLinker& linker, [[maybe_unused]] Host& host) {
  constexpr std::string_view kInterface = "";
  linker.define_func(kInterface, "take",
      ::wit::host::function<Renamed, std::unique_ptr<Handle>, std::span<const Renamed>>(linker, host, &Host::take));
}

}  // namespace golden::uses::only_b

namespace exports::golden::uses::b {

wit::OrTrap<Carrying> Exports::f(const Plain& p, std::reference_wrapper<OtherHandle> h) const {
  return ::wit::host::call<Carrying, "golden:uses/b@0.1.0", "f">(*caller_, p, h);
}

}  // namespace exports::golden::uses::b

namespace exports::golden::uses::only_b {

wit::OrTrap<::golden::uses::only_b::OwnType> Exports::give(std::reference_wrapper<::golden::uses::only_b::Handle> h) const {
  return ::wit::host::call<::golden::uses::only_b::OwnType, "", "give">(*caller_, h);
}

}  // namespace exports::golden::uses::only_b
