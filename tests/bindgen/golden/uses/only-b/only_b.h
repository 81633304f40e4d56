// Bindings for world `only-b` of `golden:uses@0.1.0`, made by `witc bindgen cpp`; changes here will be lost.
// How WIT types look in C++ stands at the head of wit.h.
//
// `a` is imported for `b`.
#pragma once

#include "wit_resource.h"

// Import `golden:uses/a@0.1.0`: to be called.
namespace golden::uses::a {

struct Plain;
class Handle;
struct Carrying;

class Handle : public wit::Handle<Handle> {
 public:
  using wit::Handle<Handle>::Handle;
  static void drop_(wit::RawHandle handle);
};

struct Plain {
  std::uint32_t x = 0;

  friend bool operator==(const Plain&, const Plain&) = default;
};

struct Carrying {
  Handle h;
};

}  // namespace golden::uses::a

// Import of world `only-b`: to be called.
namespace golden::uses::only_b {

using Renamed = ::golden::uses::a::Plain;

using Handle = ::golden::uses::a::Handle;

using OwnType = std::vector<Renamed>;

Renamed take(Handle h, std::span<const Renamed> t);

}  // namespace golden::uses::only_b

// Export `golden:uses/b@0.1.0`: to be defined by you.
namespace exports::golden::uses::b {

using Plain = ::golden::uses::a::Plain;

using OtherHandle = ::golden::uses::a::Handle;

using Carrying = ::golden::uses::a::Carrying;

Carrying f(Plain p, wit::Borrow<OtherHandle> h);

}  // namespace exports::golden::uses::b

// Export of world `only-b`: to be defined by you.
namespace exports::golden::uses::only_b {

::golden::uses::only_b::OwnType give(wit::Borrow<::golden::uses::only_b::Handle> h);

}  // namespace exports::golden::uses::only_b
