// Bindings for world `both` of `golden:uses@0.1.0`, made by `witc bindgen cpp`; changes here will be lost.
// How WIT types look in C++ stands at the head of wit.h.
//
// `b` is exported with the exported `a`.
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

// Export `golden:uses/a@0.1.0`: to be defined by you.
namespace exports::golden::uses::a {

class Handle;
struct Carrying;

using Plain = ::golden::uses::a::Plain;

class Handle {
 public:
  virtual ~Handle() = default;
};

struct Carrying {
  std::unique_ptr<Handle> h;
};

}  // namespace exports::golden::uses::a

// Export `golden:uses/b@0.1.0`: to be defined by you.
namespace exports::golden::uses::b {

using Plain = ::exports::golden::uses::a::Plain;

using OtherHandle = ::exports::golden::uses::a::Handle;

using Carrying = ::exports::golden::uses::a::Carrying;

Carrying f(Plain p, OtherHandle& h);

}  // namespace exports::golden::uses::b
