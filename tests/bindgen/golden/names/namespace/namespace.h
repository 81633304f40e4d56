// Bindings for world `namespace` of `std:static`, made by `witc bindgen cpp`; changes here will be lost.
// How WIT types look in C++ stands at the head of wit.h.
#pragma once

#include "wit_resource.h"

// Import `std:static/int`: to be called.
namespace std_::static_::int_ {

struct Struct;
class Union;
struct Host;

class Union : public wit::Handle<Union> {
 public:
  void this_() const;
  static void default_();
  void host() const;

  using wit::Handle<Union>::Handle;
  static void drop_(wit::RawHandle handle);
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

/// A comment that ends in \ .
/// and goes on.
std::uint8_t delete_(std::uint8_t new_, std::span<const Struct> wit);

void exports();

}  // namespace std_::static_::int_

// Import `if`: to be called.
namespace std_::static_::namespace_::if_ {

void do_();

}  // namespace std_::static_::namespace_::if_

// Export `std:static/int`: to be defined by you.
namespace exports::std_::static_::int_ {

class Union;

using Struct = ::std_::static_::int_::Struct;

using Host = ::std_::static_::int_::Host;

class Union {
 public:
  virtual ~Union() = default;

  // To be defined.
  static void default_();

  // To be overridden.
  virtual void this_() = 0;
  virtual void host() = 0;
};

/// A comment that ends in \ .
/// and goes on.
std::uint8_t delete_(std::uint8_t new_, std::span<const Struct> wit);

void exports();

}  // namespace exports::std_::static_::int_

// Export `stdin`: to be defined by you.
namespace exports::std_::static_::namespace_::stdin_ {

std::string read();

}  // namespace exports::std_::static_::namespace_::stdin_
