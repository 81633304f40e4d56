// The canonical ABI of world `namespace`, made by `witc bindgen cpp`; changes here will be lost.
#include "namespace.h"

#include "wit_abi.h"

namespace std_::static_::int_::core_ {

__attribute__((import_module("std:static/int"), import_name("[resource-drop]union")))
void union__drop(std::int32_t);

__attribute__((import_module("std:static/int"), import_name("delete")))
std::int32_t delete_(std::int32_t, std::int32_t, std::int32_t);

__attribute__((import_module("std:static/int"), import_name("exports")))
void exports();

__attribute__((import_module("std:static/int"), import_name("[method]union.this")))
void union__this_(std::int32_t);

__attribute__((import_module("std:static/int"), import_name("[static]union.default")))
void union__default_();

__attribute__((import_module("std:static/int"), import_name("[method]union.host")))
void union__host(std::int32_t);

}  // namespace std_::static_::int_::core_

namespace std_::static_::namespace_::if_::core_ {

__attribute__((import_module("if"), import_name("do")))
void do_();

}  // namespace std_::static_::namespace_::if_::core_

namespace exports::std_::static_::int_::core_ {

__attribute__((import_module("[export]std:static/int"), import_name("[resource-new]union")))
std::int32_t union__new(std::int32_t);

__attribute__((import_module("[export]std:static/int"), import_name("[resource-rep]union")))
std::int32_t union__rep(std::int32_t);

__attribute__((import_module("[export]std:static/int"), import_name("[resource-drop]union")))
void union__drop(std::int32_t);

}  // namespace exports::std_::static_::int_::core_

namespace wit::abi {

template <>
struct Abi<::std_::static_::int_::Struct>
    : RecordAbi<::std_::static_::int_::Struct, &::std_::static_::int_::Struct::class_,
        &::std_::static_::int_::Struct::template_, &::std_::static_::int_::Struct::std> {};
template <>
struct Abi<::std_::static_::int_::Host>
    : RecordAbi<::std_::static_::int_::Host, &::std_::static_::int_::Host::a> {};
template <>
struct Abi<std::unique_ptr<::exports::std_::static_::int_::Union>>
    : ExportedOwnAbi<::exports::std_::static_::int_::Union, ::exports::std_::static_::int_::core_::union__new,
        ::exports::std_::static_::int_::core_::union__rep, ::exports::std_::static_::int_::core_::union__drop> {};

}  // namespace wit::abi

namespace std_::static_::int_ {

void Union::drop_(wit::RawHandle handle) { core_::union__drop(handle.index); }

std::uint8_t delete_(std::uint8_t new_, std::span<const Struct> wit) {
  return ::wit::abi::call_import<std::uint8_t>(core_::delete_, new_, wit);
}

void exports() {
  return ::wit::abi::call_import<void>(core_::exports);
}

void Union::this_() const {
  return ::wit::abi::call_import<void>(core_::union__this_, wit::Borrow<Union>(*this));
}

void Union::default_() {
  return ::wit::abi::call_import<void>(core_::union__default_);
}

void Union::host() const {
  return ::wit::abi::call_import<void>(core_::union__host, wit::Borrow<Union>(*this));
}

}  // namespace std_::static_::int_

namespace std_::static_::namespace_::if_ {

void do_() {
  return ::wit::abi::call_import<void>(core_::do_);
}

}  // namespace std_::static_::namespace_::if_

namespace exports::std_::static_::int_::core_ {

__attribute__((export_name("std:static/int#[dtor]union")))
void union__destroy(std::int32_t rep) {
  ::wit::abi::destroy<Union>(rep);
}

__attribute__((export_name("std:static/int#delete")))
std::int32_t delete_(std::int32_t a0, std::int32_t a1, std::int32_t a2) {
  return ::wit::abi::call_export<std::uint8_t, std::uint8_t,
      std::span<const Struct>>(&::exports::std_::static_::int_::delete_, a0, a1, a2);
}

__attribute__((export_name("std:static/int#exports")))
void exports() {
  return ::wit::abi::call_export<void>(&::exports::std_::static_::int_::exports);
}

__attribute__((export_name("std:static/int#[method]union.this")))
void union__this_(std::int32_t a0) {
  return ::wit::abi::call_export<void, std::reference_wrapper<Union>>(&Union::this_, a0);
}

__attribute__((export_name("std:static/int#[static]union.default")))
void union__default_() {
  return ::wit::abi::call_export<void>(&Union::default_);
}

__attribute__((export_name("std:static/int#[method]union.host")))
void union__host(std::int32_t a0) {
  return ::wit::abi::call_export<void, std::reference_wrapper<Union>>(&Union::host, a0);
}

}  // namespace exports::std_::static_::int_::core_

namespace exports::std_::static_::namespace_::stdin_::core_ {

__attribute__((export_name("stdin#read")))
std::int32_t read() {
  return ::wit::abi::call_export<std::string>(&::exports::std_::static_::namespace_::stdin_::read);
}
__attribute__((export_name("cabi_post_stdin#read")))
void read_post(std::int32_t area) {
  ::wit::abi::post_return<std::string>(area);
}

}  // namespace exports::std_::static_::namespace_::stdin_::core_

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
