// Host bindings for world `namespace` of `std:static`, made by `witc bindgen cpp --host`; changes here will be lost.
// How WIT types look in C++ stands at the head of wit.h.
#pragma once

#include "wit_host.h"

// Import `std:static/int`: to be implemented by you.
namespace std_::static_::int_ {

struct Struct;
class Union;
struct Host;

class Union : public wit::Implementation {
 public:
  virtual void this_() = 0;
  virtual void host() = 0;
};

struct Struct {
  std::uint8_t class_ = 0;
  std::string template_;
  bool std = false;

  friend bool operator==(const Struct&, const Struct&) = default;
};

struct Host {
  std::uint8_t a = 0;

  friend bool operator==(const Host&, const Host&) = default;
};

/// What components may call; `trap` ends a call in a trap.
class Host_ : public wit::Implementation {
 public:
  /// A comment that ends in \ .
  /// and goes on.
  virtual std::uint8_t delete_(std::uint8_t new_, std::span<const Struct> wit) = 0;
  virtual void exports() = 0;
  virtual void union__default_() = 0;
};

/// Supplies the interface to what is instantiated with `linker`; `host` must outlive that.
void add_to_linker(wit::HostLinker& linker, Host_& host);

}  // namespace std_::static_::int_

// Import `if`: to be implemented by you.
namespace std_::static_::namespace_::if_ {

/// What components may call; `trap` ends a call in a trap.
class Host : public wit::Implementation {
 public:
  virtual void do_() = 0;
};

/// Supplies the interface to what is instantiated with `linker`; `host` must outlive that.
void add_to_linker(wit::HostLinker& linker, Host& host);

}  // namespace std_::static_::namespace_::if_

// Export `std:static/int`: to be called.
namespace exports::std_::static_::int_ {

class Union;

using Struct = ::std_::static_::int_::Struct;

using Host = ::std_::static_::int_::Host;

class Union : public wit::Handle<Union> {
 public:
  wit::OrTrap<void> this_() const;
  wit::OrTrap<void> host() const;

  using wit::Handle<Union>::Handle;
  static constexpr std::string_view kInterface_ = "std:static/int";
  static constexpr std::string_view kName_ = "union";
};

/// What an instance exports; `caller` must outlive this.
class Exports {
 public:
  explicit Exports(wit::ExportCaller& caller) : caller_(&caller) {}

  /// A comment that ends in \ .
  /// and goes on.
  wit::OrTrap<std::uint8_t> delete_(std::uint8_t new_, std::span<const Struct> wit) const;
  wit::OrTrap<void> exports() const;
  wit::OrTrap<void> union__default_() const;

 private:
  wit::ExportCaller* caller_;
};

}  // namespace exports::std_::static_::int_

// Export `stdin`: to be called.
namespace exports::std_::static_::namespace_::stdin_ {

/// What an instance exports; `caller` must outlive this.
class Exports {
 public:
  explicit Exports(wit::ExportCaller& caller) : caller_(&caller) {}

  wit::OrTrap<std::string> read() const;

 private:
  wit::ExportCaller* caller_;
};

}  // namespace exports::std_::static_::namespace_::stdin_
