// Host bindings for world `only-b` of `golden:uses@0.1.0`, made by `witc bindgen cpp --host`; changes here will be lost.
// How WIT types look in C++ stands at the head of wit.h.
//
// `a` is imported for `b`.
#pragma once

#include "wit_host.h"

// Import `golden:uses/a@0.1.0`: to be implemented by you.
namespace golden::uses::a {

struct Plain;
class Handle;
struct Carrying;

class Handle : public wit::Implementation {
 public:
};

struct Plain {
  std::uint32_t x = 0;

  friend bool operator==(const Plain&, const Plain&) = default;
};

struct Carrying {
  std::unique_ptr<Handle> h;
};

/// What components may call; `trap` ends a call in a trap.
class Host : public wit::Implementation {
};

/// Supplies the interface to what is instantiated with `linker`; `host` must outlive that.
void add_to_linker(wit::HostLinker& linker, Host& host);

}  // namespace golden::uses::a

// Import of world `only-b`: to be implemented by you.
namespace golden::uses::only_b {

using Renamed = ::golden::uses::a::Plain;

using Handle = ::golden::uses::a::Handle;

using OwnType = std::vector<Renamed>;

/// What components may call; `trap` ends a call in a trap.
class Host : public wit::Implementation {
 public:
  virtual Renamed take(std::unique_ptr<Handle> h, std::span<const Renamed> t) = 0;
};

/// Supplies the interface to what is instantiated with `linker`; `host` must outlive that.
void add_to_linker(wit::HostLinker& linker, Host& host);

}  // namespace golden::uses::only_b

// Export `golden:uses/b@0.1.0`: to be called.
namespace exports::golden::uses::b {

using Plain = ::golden::uses::a::Plain;

using OtherHandle = ::golden::uses::a::Handle;

using Carrying = ::golden::uses::a::Carrying;

/// What an instance exports; `caller` must outlive this.
class Exports {
 public:
  explicit Exports(wit::ExportCaller& caller) : caller_(&caller) {}

  wit::OrTrap<Carrying> f(const Plain& p, std::reference_wrapper<OtherHandle> h) const;

 private:
  wit::ExportCaller* caller_;
};

}  // namespace exports::golden::uses::b

// Export of world `only-b`: to be called.
namespace exports::golden::uses::only_b {

/// What an instance exports; `caller` must outlive this.
class Exports {
 public:
  explicit Exports(wit::ExportCaller& caller) : caller_(&caller) {}

  wit::OrTrap<::golden::uses::only_b::OwnType> give(std::reference_wrapper<::golden::uses::only_b::Handle> h) const;

 private:
  wit::ExportCaller* caller_;
};

}  // namespace exports::golden::uses::only_b
