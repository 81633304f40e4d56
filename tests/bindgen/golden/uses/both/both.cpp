// The canonical ABI of world `both`, made by `witc bindgen cpp`; changes here will be lost.
#include "both.h"

#include "wit_abi.h"

namespace golden::uses::a::core_ {

__attribute__((import_module("golden:uses/a@0.1.0"), import_name("[resource-drop]handle")))
void handle_drop(std::int32_t);

}  // namespace golden::uses::a::core_

namespace exports::golden::uses::a::core_ {

__attribute__((import_module("[export]golden:uses/a@0.1.0"), import_name("[resource-new]handle")))
std::int32_t handle_new(std::int32_t);

__attribute__((import_module("[export]golden:uses/a@0.1.0"), import_name("[resource-rep]handle")))
std::int32_t handle_rep(std::int32_t);

__attribute__((import_module("[export]golden:uses/a@0.1.0"), import_name("[resource-drop]handle")))
void handle_drop(std::int32_t);

}  // namespace exports::golden::uses::a::core_

namespace wit::abi {

template <>
struct Abi<::golden::uses::a::Plain>
    : RecordAbi<::golden::uses::a::Plain, &::golden::uses::a::Plain::x> {};
template <>
struct Abi<::golden::uses::a::Carrying>
    : RecordAbi<::golden::uses::a::Carrying, &::golden::uses::a::Carrying::h> {};
template <>
struct Abi<::exports::golden::uses::a::Carrying>
    : RecordAbi<::exports::golden::uses::a::Carrying, &::exports::golden::uses::a::Carrying::h> {};
template <>
struct Abi<std::unique_ptr<::exports::golden::uses::a::Handle>>
    : ExportedOwnAbi<::exports::golden::uses::a::Handle, ::exports::golden::uses::a::core_::handle_new,
        ::exports::golden::uses::a::core_::handle_rep, ::exports::golden::uses::a::core_::handle_drop> {};

}  // namespace wit::abi

namespace golden::uses::a {

void Handle::drop_(wit::RawHandle handle) { core_::handle_drop(handle.index); }

}  // namespace golden::uses::a

namespace exports::golden::uses::a::core_ {

__attribute__((export_name("golden:uses/a@0.1.0#[dtor]handle")))
void handle_destroy(std::int32_t rep) {
  ::wit::abi::destroy<Handle>(rep);
}

}  // namespace exports::golden::uses::a::core_

namespace exports::golden::uses::b::core_ {

__attribute__((export_name("golden:uses/b@0.1.0#f")))
std::int32_t f(std::int32_t a0, std::int32_t a1) {
  return ::wit::abi::call_export<Carrying, Plain, std::reference_wrapper<OtherHandle>>(&::exports::golden::uses::b::f,
      a0, a1);
}

}  // namespace exports::golden::uses::b::core_

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
