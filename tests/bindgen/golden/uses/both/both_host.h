// Host bindings for world `both` of `golden:uses@0.1.0`, made by `witc bindgen cpp --host`; changes here will be lost.
// How WIT types look in C++ stands at the head of wit.h.
//
// `b` is exported with the exported `a`.
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

// Export `golden:uses/a@0.1.0`: to be called.
namespace exports::golden::uses::a {

class Handle;
struct Carrying;

using Plain = ::golden::uses::a::Plain;

class Handle : public wit::Handle<Handle> {
 public:
  using wit::Handle<Handle>::Handle;
  static constexpr std::string_view kInterface_ = "golden:uses/a@0.1.0";
  static constexpr std::string_view kName_ = "handle";
};

struct Carrying {
  Handle h;
};

}  // namespace exports::golden::uses::a

// Export `golden:uses/b@0.1.0`: to be called.
namespace exports::golden::uses::b {

using Plain = ::exports::golden::uses::a::Plain;

using OtherHandle = ::exports::golden::uses::a::Handle;

using Carrying = ::exports::golden::uses::a::Carrying;

/// What an instance exports; `caller` must outlive this.
class Exports {
 public:
  explicit Exports(wit::ExportCaller& caller) : caller_(&caller) {}

  wit::OrTrap<Carrying> f(const Plain& p, wit::Borrow<OtherHandle> h) const;

 private:
  wit::ExportCaller* caller_;
};

}  // namespace exports::golden::uses::b
