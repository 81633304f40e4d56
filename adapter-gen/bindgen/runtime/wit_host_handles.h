// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Of wit_host.h the handles: by Val (Codec) and without (witc::host::Direct).

#include "wit_host.h"

namespace wit::host {

/// An owned resource of ours: in the table while a component holds it. Calls of exports have a table if their caller was
/// told one; without, our resources are no value of any type, and the call fails.
template <class R>
struct Codec<std::unique_ptr<R>> {
  static Val to_val(std::unique_ptr<R>& object, Scope& scope) {
    return scope.table == nullptr ? Val() : Val::own(scope.table->add(std::move(object)));
  }
  static OrTrap<std::unique_ptr<R>> from_val(const Val& val, Scope& scope) {
    const auto* handle = val.get_if<Val::Handle>();
    if (handle == nullptr || !handle->is_own || scope.table == nullptr) return mismatch();
    std::unique_ptr<R> object = scope.table->take<R>(handle->rep);
    if (object == nullptr) return mismatch();
    return object;
  }
};

template <class R>
struct Codec<std::reference_wrapper<R>> {
  static OrTrap<std::reference_wrapper<R>> from_val(const Val& val, Scope& scope) {
    const auto* handle = val.get_if<Val::Handle>();
    R* object = handle == nullptr || scope.table == nullptr ? nullptr : scope.table->get<R>(handle->rep);
    if (object == nullptr) return mismatch();
    return std::ref(*object);
  }
  /// Lent to an export until the call is over.
  static Val to_val(const std::reference_wrapper<R>& object, Scope& scope) {
    ResourceTable* table = scope.table;
    if (table == nullptr) return Val();
    const std::uint64_t rep = table->lend(object.get());
    scope.kept.push_back(std::shared_ptr<void>(&object.get(), [table, rep](void*) { table->forget(rep); }));
    return Val::borrow(rep);
  }
};

/// An owned resource of a component.
template <class R>
  requires std::is_base_of_v<Handle<R>, R>
struct Codec<R> {
  static Val to_val(R& owner, Scope&) { return Val::own(release_handle(owner).rep); }
  static OrTrap<R> from_val(const Val& val, Scope& scope) {
    const auto* handle = val.get_if<Val::Handle>();
    if (handle == nullptr || !handle->is_own) return mismatch();
    return R(RawHandle{scope.caller, handle->rep});
  }
};

template <class R>
struct Codec<Borrow<R>> {
  static Val to_val(const Borrow<R>& borrow, Scope&) { return Val::borrow(raw_handle(*borrow).rep); }
  static OrTrap<Borrow<R>> from_val(const Val&, Scope&) { return mismatch(); }  // never lent to the host
};

/// Its address stands for a class of resources.
template <class R>
inline constexpr char kResourceKind = 0;

/// Handles as Direct<T> wants them: `Self::take(call, rep)` gives the value for a handle, `Self::give(call, value, rep)` what
/// the handle for a value stands for. `Type` is OwnType or BorrowType.
template <class T, class R, class Type, class Self>
struct DirectHandle {
  static constexpr std::uint32_t kSize = 4, kAlign = 4;
  static constexpr unsigned kFlat = 1;
  static constexpr bool kBitwise = false, kNeedsCheck = true;
  static constexpr bool kIsOwn = std::is_same_v<Type, witc::component::OwnType>;

  static bool fits(witc::host::TypeMatch& match, const witc::component::ValType& type) {
    const witc::component::ValueType seen = match.get(type);
    const auto* handle = std::get_if<Type>(&seen);
    return handle != nullptr && match.resource(&kResourceKind<R>, handle->resource);
  }
  template <class Place>
  static std::optional<T> lift(witc::host::DirectCall& call, Place& from) {
    std::uint32_t index;
    if constexpr (Place::kIsFlat) index = static_cast<std::uint32_t>(from.get());
    else index = witc::host::load_scalar<std::uint32_t>(call, from.ptr);
    std::uint64_t rep = 0;
    const bool done = kIsOwn ? call.guest.lift_own(&kResourceKind<R>, index, rep)
                             : call.guest.lift_borrow(&kResourceKind<R>, index, rep);
    if (!done) return std::nullopt;
    std::optional<T> value = Self::take(call, rep);
    if (!value) call.guest.fail(mismatch().error());
    return value;
  }
  template <class Place>
  static bool lower(witc::host::DirectCall& call, auto& value, Place& to) {
    std::uint64_t rep = 0, index = 0;
    if (!Self::give(call, value, rep)) return call.guest.fail_value();
    const bool done = kIsOwn ? call.guest.lower_own(&kResourceKind<R>, rep, index)
                             : call.guest.lower_borrow(&kResourceKind<R>, rep, index);
    if (!done) return false;
    if constexpr (Place::kIsFlat) to.put(index);
    else witc::host::store_scalar(call, static_cast<std::uint32_t>(index), to.ptr);
    return true;
  }
};

}  // namespace wit::host

namespace witc::host {

template <class R>
struct Direct<std::unique_ptr<R>>
    : wit::host::DirectHandle<std::unique_ptr<R>, R, component::OwnType, Direct<std::unique_ptr<R>>> {
  static std::optional<std::unique_ptr<R>> take(DirectCall& call, std::uint64_t rep) {
    std::unique_ptr<R> object = call.table == nullptr ? nullptr : call.table->take<R>(rep);
    if (object == nullptr) return std::nullopt;
    return object;
  }
  static bool give(DirectCall& call, std::unique_ptr<R>& object, std::uint64_t& rep) {
    if (call.table == nullptr) return false;
    rep = call.table->add(std::move(object));
    return true;
  }
};

template <class R>
struct Direct<std::reference_wrapper<R>>
    : wit::host::DirectHandle<std::reference_wrapper<R>, R, component::BorrowType, Direct<std::reference_wrapper<R>>> {
  static std::optional<std::reference_wrapper<R>> take(DirectCall& call, std::uint64_t rep) {
    R* object = call.table == nullptr ? nullptr : call.table->get<R>(rep);
    if (object == nullptr) return std::nullopt;
    return std::ref(*object);
  }
  /// Lent to an export until the call is over.
  static bool give(DirectCall& call, const std::reference_wrapper<R>& object, std::uint64_t& rep) {
    ResourceTable* table = call.table;
    if (table == nullptr) return false;
    rep = table->lend(object.get());
    call.kept.push_back(std::shared_ptr<const void>(&object.get(), [table, rep](const void*) { table->forget(rep); }));
    return true;
  }
};

template <class R>
  requires std::is_base_of_v<wit::Handle<R>, R>
struct Direct<R> : wit::host::DirectHandle<R, R, component::OwnType, Direct<R>> {
  static std::optional<R> take(DirectCall& call, std::uint64_t rep) { return R(wit::RawHandle{call.caller, rep}); }
  static bool give(DirectCall&, R& owner, std::uint64_t& rep) {
    rep = release_handle(owner).rep;
    return true;
  }
};

template <class R>
struct Direct<wit::Borrow<R>>
    : wit::host::DirectHandle<wit::Borrow<R>, R, component::BorrowType, Direct<wit::Borrow<R>>> {
  static std::optional<wit::Borrow<R>> take(DirectCall&, std::uint64_t) { return std::nullopt; }  // never lent to the host
  static bool give(DirectCall&, const wit::Borrow<R>& borrow, std::uint64_t& rep) {
    rep = raw_handle(*borrow).rep;
    return true;
  }
};

}  // namespace witc::host
