// The canonical ABI of world `only-b`, made by `witc bindgen cpp`; changes here will be lost.
#include "only_b.h"

#include "wit_abi.h"

namespace golden::uses::a::core_ {

__attribute__((import_module("golden:uses/a@0.1.0"), import_name("[resource-drop]handle")))
void handle_drop(std::int32_t);

}  // namespace golden::uses::a::core_

namespace golden::uses::only_b::core_ {

__attribute__((import_module("$root"), import_name("take")))
std::int32_t take(std::int32_t, std::int32_t, std::int32_t);

}  // namespace golden::uses::only_b::core_

namespace wit::abi {

template <>
struct Abi<::golden::uses::a::Plain>
    : RecordAbi<::golden::uses::a::Plain, &::golden::uses::a::Plain::x> {};
template <>
struct Abi<::golden::uses::a::Carrying>
    : RecordAbi<::golden::uses::a::Carrying, &::golden::uses::a::Carrying::h> {};

}  // namespace wit::abi

namespace golden::uses::a {

void Handle::drop_(wit::RawHandle handle) { core_::handle_drop(handle.index); }

}  // namespace golden::uses::a

namespace golden::uses::only_b {

Renamed take(Handle h, std::span<const Renamed> t) {
  return ::wit::abi::call_import<Renamed>(core_::take, h, t);
}

}  // namespace golden::uses::only_b

namespace exports::golden::uses::b::core_ {

__attribute__((export_name("golden:uses/b@0.1.0#f")))
std::int32_t f(std::int32_t a0, std::int32_t a1) {
  return ::wit::abi::call_export<Carrying, Plain, wit::Borrow<OtherHandle>>(&::exports::golden::uses::b::f, a0, a1);
}

}  // namespace exports::golden::uses::b::core_

namespace exports::golden::uses::only_b::core_ {

__attribute__((export_name("give")))
std::int32_t give(std::int32_t a0) {
  return ::wit::abi::call_export<::golden::uses::only_b::OwnType,
      wit::Borrow<::golden::uses::only_b::Handle>>(&::exports::golden::uses::only_b::give, a0);
}
__attribute__((export_name("cabi_post_give")))
void give_post(std::int32_t area) {
  ::wit::abi::post_return<::golden::uses::only_b::OwnType>(area);
}

}  // namespace exports::golden::uses::only_b::core_

/// Memory for what is passed in. Weak: any number of bindings may be linked together.
extern "C" __attribute__((weak, export_name("cabi_realloc")))
void* cabi_realloc(void* old, std::size_t old_size, std::size_t alignment, std::size_t new_size) {
  return ::wit::abi::reallocate(old, old_size, alignment, new_size);
}

// A program with `main` on a C library whose start code calls `__original_main`: its constructors and destructors run
// here, once, and not around every export. Unused in a library, and where the C library knows better.
extern "C" void __wasm_call_ctors();
extern "C" void __wasm_call_dtors();
extern "C" int __main_void();
extern "C" __attribute__((weak)) int __original_main() {
  __wasm_call_ctors();
  int status = __main_void();
  __wasm_call_dtors();
  return status;
}
