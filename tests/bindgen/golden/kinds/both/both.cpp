// The canonical ABI of world `both`, made by `witc bindgen cpp`; changes here will be lost.
#include "both.h"

#include "wit_abi.h"

namespace golden::kinds::types::core_ {

__attribute__((import_module("golden:kinds/types"), import_name("[resource-drop]file")))
void file_drop(std::int32_t);

__attribute__((import_module("golden:kinds/types"), import_name("by-value")))
void by_value(std::int32_t, std::int32_t);

__attribute__((import_module("golden:kinds/types"), import_name("lent")))
void lent(std::int32_t, std::int32_t, std::int32_t, std::int32_t, std::int32_t, std::int32_t, std::int32_t);

__attribute__((import_module("golden:kinds/types"), import_name("given")))
void given(std::int32_t, std::int32_t, std::int32_t, std::int32_t);

__attribute__((import_module("golden:kinds/types"), import_name("[constructor]file")))
std::int32_t file_create(std::int32_t, std::int32_t);

__attribute__((import_module("golden:kinds/types"), import_name("[method]file.read")))
void file_read(std::int32_t, std::int32_t, std::int32_t);

__attribute__((import_module("golden:kinds/types"), import_name("[static]file.find")))
void file_find(std::int32_t, std::int32_t, std::int32_t);

}  // namespace golden::kinds::types::core_

namespace golden::kinds::both::core_ {

__attribute__((import_module("$root"), import_name("log")))
void log(std::int32_t, std::int32_t);

}  // namespace golden::kinds::both::core_

namespace exports::golden::kinds::types::core_ {

__attribute__((import_module("[export]golden:kinds/types"), import_name("[resource-new]file")))
std::int32_t file_new(std::int32_t);

__attribute__((import_module("[export]golden:kinds/types"), import_name("[resource-rep]file")))
std::int32_t file_rep(std::int32_t);

__attribute__((import_module("[export]golden:kinds/types"), import_name("[resource-drop]file")))
void file_drop(std::int32_t);

}  // namespace exports::golden::kinds::types::core_

namespace wit::abi {

template <>
struct Abi<::golden::kinds::types::Point>
    : RecordAbi<::golden::kinds::types::Point, &::golden::kinds::types::Point::x, &::golden::kinds::types::Point::y> {};
template <>
struct Abi<::golden::kinds::types::Entry>
    : RecordAbi<::golden::kinds::types::Entry, &::golden::kinds::types::Entry::name,
        &::golden::kinds::types::Entry::file> {};
template <>
struct Abi<::exports::golden::kinds::types::Entry>
    : RecordAbi<::exports::golden::kinds::types::Entry, &::exports::golden::kinds::types::Entry::name,
        &::exports::golden::kinds::types::Entry::file> {};
template <>
struct Abi<std::unique_ptr<::exports::golden::kinds::types::File>>
    : ExportedOwnAbi<::exports::golden::kinds::types::File, ::exports::golden::kinds::types::core_::file_new,
        ::exports::golden::kinds::types::core_::file_rep, ::exports::golden::kinds::types::core_::file_drop> {};

}  // namespace wit::abi

namespace golden::kinds::types {

void File::drop_(wit::RawHandle handle) { core_::file_drop(handle.index); }

std::tuple<Point, Names> by_value(const Point& a, const Variant& b, Enum c, Flags d, std::span<const std::string> e,
    const Grid& f, const Scores& g) {
  return ::wit::abi::call_import<std::tuple<Point, Names>>(core_::by_value, a, b, c, d, e, f, g);
}

wit::expected<Names, Enum> lent(wit::Borrow<File> file, std::span<const wit::Borrow<File>> many,
    std::optional<std::string_view> maybe) {
  return ::wit::abi::call_import<wit::expected<Names, Enum>>(core_::lent, file, many, maybe);
}

wit::expected<void, std::string> given(File file, std::vector<Entry> entries) {
  return ::wit::abi::call_import<wit::expected<void, std::string>>(core_::given, file, entries);
}

File::File(std::string_view name)
    : File(::wit::abi::call_import<File>(core_::file_create, name)) {}

std::vector<std::uint8_t> File::read(std::uint32_t count) const {
  return ::wit::abi::call_import<std::vector<std::uint8_t>>(core_::file_read, wit::Borrow<File>(*this), count);
}

std::optional<File> File::find(std::string_view name) {
  return ::wit::abi::call_import<std::optional<File>>(core_::file_find, name);
}

}  // namespace golden::kinds::types

namespace golden::kinds::both {

void log(std::string_view text) {
  return ::wit::abi::call_import<void>(core_::log, text);
}

}  // namespace golden::kinds::both

namespace exports::golden::kinds::types::core_ {

__attribute__((export_name("golden:kinds/types#[dtor]file")))
void file_destroy(std::int32_t rep) {
  ::wit::abi::destroy<File>(rep);
}

__attribute__((export_name("golden:kinds/types#by-value")))
std::int32_t by_value(std::int32_t a0) {
  return ::wit::abi::call_export<std::tuple<Point, Names>, Point, Variant, Enum, Flags, std::span<const std::string>,
      Grid, Scores>(&::exports::golden::kinds::types::by_value, a0);
}
__attribute__((export_name("cabi_post_golden:kinds/types#by-value")))
void by_value_post(std::int32_t area) {
  ::wit::abi::post_return<std::tuple<Point, Names>>(area);
}

__attribute__((export_name("golden:kinds/types#lent")))
std::int32_t lent(std::int32_t a0, std::int32_t a1, std::int32_t a2, std::int32_t a3, std::int32_t a4,
    std::int32_t a5) {
  return ::wit::abi::call_export<wit::expected<Names, Enum>, std::reference_wrapper<File>,
      std::span<const std::reference_wrapper<File>>,
      std::optional<std::string_view>>(&::exports::golden::kinds::types::lent, a0, a1, a2, a3, a4, a5);
}
__attribute__((export_name("cabi_post_golden:kinds/types#lent")))
void lent_post(std::int32_t area) {
  ::wit::abi::post_return<wit::expected<Names, Enum>>(area);
}

__attribute__((export_name("golden:kinds/types#given")))
std::int32_t given(std::int32_t a0, std::int32_t a1, std::int32_t a2) {
  return ::wit::abi::call_export<wit::expected<void, std::string>, std::unique_ptr<File>,
      std::vector<Entry>>(&::exports::golden::kinds::types::given, a0, a1, a2);
}
__attribute__((export_name("cabi_post_golden:kinds/types#given")))
void given_post(std::int32_t area) {
  ::wit::abi::post_return<wit::expected<void, std::string>>(area);
}

__attribute__((export_name("golden:kinds/types#[constructor]file")))
std::int32_t file_create(std::int32_t a0, std::int32_t a1) {
  return ::wit::abi::call_export<std::unique_ptr<File>, std::string_view>(&File::create, a0, a1);
}

__attribute__((export_name("golden:kinds/types#[method]file.read")))
std::int32_t file_read(std::int32_t a0, std::int32_t a1) {
  return ::wit::abi::call_export<std::vector<std::uint8_t>, std::reference_wrapper<File>, std::uint32_t>(&File::read,
      a0, a1);
}
__attribute__((export_name("cabi_post_golden:kinds/types#[method]file.read")))
void file_read_post(std::int32_t area) {
  ::wit::abi::post_return<std::vector<std::uint8_t>>(area);
}

__attribute__((export_name("golden:kinds/types#[static]file.find")))
std::int32_t file_find(std::int32_t a0, std::int32_t a1) {
  return ::wit::abi::call_export<std::optional<std::unique_ptr<File>>, std::string_view>(&File::find, a0, a1);
}

}  // namespace exports::golden::kinds::types::core_

namespace exports::golden::kinds::both::core_ {

__attribute__((export_name("run")))
std::int32_t run() {
  return ::wit::abi::call_export<wit::expected<void, std::monostate>>(&::exports::golden::kinds::both::run);
}

}  // namespace exports::golden::kinds::both::core_

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
