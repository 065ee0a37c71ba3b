/// @file
/// chmr in C++17: a thin, header-only layer over chmr.h.
///
/// Handles are move-only classes that free themselves, text is `std::string_view`, arrays are
/// chmr::span. Nothing is virtual, nothing is stored besides the C handle, and each member makes the one C
/// call that its name says.
///
/// Every function that can fail comes in two flavours. `try_open(...)` gives a chmr::result: a value or an
/// chmr::error, nothing thrown. `open(...)` gives the value and throws chmr::exception instead. With
/// `-fno-exceptions` only the first exists, so that no call can end the program unasked.
///
/// Thread rules are those of C: a const member may be called from many threads at once, any other
/// from one thread at a time.
///
/// SPDX-License-Identifier: MIT OR Apache-2.0
#ifndef CHMR_HPP
#define CHMR_HPP

#include "chmr.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#if defined(__cpp_exceptions) || defined(DOXYGEN)
/// 1 where the functions that throw exist, else 0.
#define CHMR_HPP_EXCEPTIONS 1
#include <stdexcept>
#else
#define CHMR_HPP_EXCEPTIONS 0
#endif

/// @cond
// Each version of this header has its own namespace, so that one program may be made of parts that
// were compiled with different versions.
#define CHMR_HPP_JOIN_(major, minor, patch) v##major##_##minor##_##patch
#define CHMR_HPP_JOIN(major, minor, patch) CHMR_HPP_JOIN_(major, minor, patch)
#define CHMR_HPP_VERSION CHMR_HPP_JOIN(CHMR_VERSION_MAJOR, CHMR_VERSION_MINOR, CHMR_VERSION_PATCH)
/// @endcond

/// Molecules in, predictions out.
namespace chmr {
/// @cond
inline namespace CHMR_HPP_VERSION {
/// @endcond

/// What a call, or one row, came to: `CHMR_STATUS_...`.
using status = chmr_status;
/// A probability or a number with a unit: `CHMR_TASK_KIND_...`.
using task_kind = chmr_task_kind;

/// A view of `size()` elements that lie one behind the other; it owns nothing. What `std::span` is
/// from C++20 on, and made from one, or from any container with `data()` and `size()`.
template <class T>
class span {
 public:
  /// Nothing; `data()` is null.
  constexpr span() noexcept = default;
  /// `size` elements from `data` on.
  constexpr span(T *data, std::size_t size) noexcept : data_(data), size_(size) {}
  /// All of an array.
  template <std::size_t N>
  constexpr span(T (&array)[N]) noexcept : data_(array), size_(N) {}
  /// All of a container, which must live longer than the view.
  template <class C, class = std::enable_if_t<std::is_convertible_v<
                         std::remove_pointer_t<decltype(std::declval<C &>().data())> (*)[], T (*)[]>>>
  constexpr span(C &&container) noexcept : data_(container.data()), size_(container.size()) {}

  /// The first element.
  constexpr T *data() const noexcept { return data_; }
  /// Number of elements.
  constexpr std::size_t size() const noexcept { return size_; }
  /// Whether there are none.
  constexpr bool empty() const noexcept { return size_ == 0; }
  /// Element `i`, which must be below `size()`.
  constexpr T &operator[](std::size_t i) const noexcept { return data_[i]; }
  /// The first element.
  constexpr T *begin() const noexcept { return data_; }
  /// Behind the last element.
  constexpr T *end() const noexcept { return data_ + size_; }
  /// `count` elements from `from` on, which must lie within.
  constexpr span subspan(std::size_t from, std::size_t count) const noexcept {
    return {data_ + from, count};
  }

 private:
  T *data_ = nullptr;
  std::size_t size_ = 0;
};

/// Why a call failed.
class error {
 public:
  /// The class of the failure.
  chmr::status status() const noexcept { return raw_.status; }
  /// What is wrong, where, and what was expected. Lives as long as the error.
  std::string_view message() const noexcept { return raw_.message; }
  /// The same, NUL-terminated.
  const char *c_str() const noexcept { return raw_.message; }
  /// For calls of chmr.h.
  chmr_error *get() noexcept { return &raw_; }
  /// CHMR_STATUS_INVALID_ARGUMENT with a message.
  static error invalid(std::string_view message) noexcept {
    error e;
    e.raw_.status = CHMR_STATUS_INVALID_ARGUMENT;
    const std::size_t kept = message.copy(e.raw_.message, sizeof e.raw_.message - 1);
    e.raw_.message[kept] = '\0';
    return e;
  }

 private:
  chmr_error raw_;  // Each call sets it; until then no one reads it.
};

#if CHMR_HPP_EXCEPTIONS
/// What the functions without `try_` throw.
class exception : public std::runtime_error {
 public:
  /// From an error.
  explicit exception(const chmr::error &e) : std::runtime_error(e.c_str()), status_(e.status()) {}
  /// The class of the failure.
  chmr::status status() const noexcept { return status_; }

 private:
  chmr::status status_;
};
#endif

/// A value, or the error that stands in its place.
template <class T>
class [[nodiscard]] result {
 public:
  /// Success.
  result(T value) noexcept : state_(std::in_place_index<0>, std::move(value)) {}
  /// Failure.
  result(const chmr::error &e) noexcept : state_(std::in_place_index<1>, e) {}

  /// Whether there is a value.
  bool has_value() const noexcept { return state_.index() == 0; }
  /// Whether there is a value.
  explicit operator bool() const noexcept { return has_value(); }
  /// The value; only where there is one.
  T &operator*() & noexcept { return *std::get_if<0>(&state_); }
  /// The value; only where there is one.
  const T &operator*() const & noexcept { return *std::get_if<0>(&state_); }
  /// The value, to be moved from; only where there is one.
  T &&operator*() && noexcept { return std::move(*std::get_if<0>(&state_)); }
  /// A member of the value; only where there is one.
  T *operator->() noexcept { return std::get_if<0>(&state_); }
  /// A member of the value; only where there is one.
  const T *operator->() const noexcept { return std::get_if<0>(&state_); }
  /// The error; only where there is no value.
  const chmr::error &error() const noexcept { return *std::get_if<1>(&state_); }
  /// The value, or `other` where there is none.
  T value_or(T other) && { return has_value() ? *std::move(*this) : std::move(other); }
#if CHMR_HPP_EXCEPTIONS
  /// The value; throws chmr::exception where there is none.
  T value() && {
    if (!has_value()) throw exception(error());
    return *std::move(*this);
  }
#endif

 private:
  std::variant<T, chmr::error> state_;
};

/// Success, or an error.
template <>
class [[nodiscard]] result<void> {
 public:
  /// From the C call that `call` makes with the `chmr_error *` that it is given.
  template <class F>
  static result of(F &&call) noexcept {
    result made;
    made.ok_ = call(made.error_.get()) == CHMR_STATUS_OK;
    return made;
  }

  /// Failure.
  result(const chmr::error &e) noexcept : error_(e) {}

  /// Whether it succeeded.
  bool has_value() const noexcept { return ok_; }
  /// Whether it succeeded.
  explicit operator bool() const noexcept { return ok_; }
  /// The error; only after a failure.
  const chmr::error &error() const noexcept { return error_; }
#if CHMR_HPP_EXCEPTIONS
  /// Nothing; throws chmr::exception after a failure.
  void value() const {
    if (!ok_) throw exception(error_);
  }
#endif

 private:
  result() noexcept {}
  chmr::error error_;
  bool ok_ = false;
};

/// @cond
namespace detail {

/// Frees a C handle; what std::unique_ptr asks for.
template <class T, void (*Free)(T *)>
struct deleter {
  void operator()(T *handle) const noexcept { Free(handle); }
};

/// The owner of a C handle: what all classes below are.
template <class T, void (*Free)(T *)>
class handle {
 public:
  handle() noexcept = default;
  explicit handle(T *owned) noexcept : owned_(owned) {}
  T *get() const noexcept { return owned_.get(); }
  T *release() noexcept { return owned_.release(); }

 private:
  std::unique_ptr<T, deleter<T, Free>> owned_;
};

/// A value that a C call writes through a pointer: `call(T *, chmr_error *)`.
template <class T, class F>
result<T> output(F &&call) noexcept {
  T value{};
  error e;
  if (call(&value, e.get()) != CHMR_STATUS_OK) return e;
  return value;
}

/// A new `Handle` from a C call that makes one.
template <class Handle, class Raw, class F>
result<Handle> made(F &&call) noexcept {
  Raw *raw = nullptr;
  error e;
  if (call(&raw, e.get()) != CHMR_STATUS_OK) return e;
  return Handle(raw);
}

/// Text from `call(char *buffer, size_t capacity, size_t *out_len, chmr_error *)`.
template <class F>
result<std::string> text(F &&call) {
  std::size_t length = 0;
  error e;
  if (call(nullptr, std::size_t{0}, &length, e.get()) != CHMR_STATUS_OK) return e;
  std::string text(length, '\0');
  if (call(text.data(), length + 1, nullptr, e.get()) != CHMR_STATUS_OK) return e;
  return text;
}

}  // namespace detail
/// @endcond

/// A view of the function that is told how a prediction proceeds. It takes the number of molecules
/// done and the number in all and returns whether to go on. It must be noexcept, which is checked
/// when it is compiled, and must live until the prediction ends.
class progress {
 public:
  /// No one is told.
  progress() noexcept = default;
  /// Tells `function`.
  template <class F, class = std::enable_if_t<!std::is_same_v<std::remove_const_t<F>, progress>>>
  progress(F &function) noexcept
      : call_([](std::size_t done, std::size_t total, void *self) -> std::int32_t {
          return (*static_cast<F *>(self))(done, total) ? CHMR_CONTINUE : CHMR_CANCEL;
        }),
        self_(const_cast<void *>(static_cast<const void *>(std::addressof(function)))) {
    static_assert(std::is_nothrow_invocable_r_v<bool, F &, std::size_t, std::size_t>,
                  "a progress function is noexcept and is called as bool(size_t done, size_t total)");
  }
  /// The C function; null where no one is told.
  chmr_progress_fn call() const noexcept { return call_; }
  /// What the C function is given.
  void *self() const noexcept { return self_; }

 private:
  chmr_progress_fn call_ = nullptr;
  void *self_ = nullptr;
};

/// One molecule as arrays; see chmr_batch_add_atoms.
struct atoms {
  /// Atomic number of each atom.
  span<const std::uint8_t> elements;
  /// Formal charge of each atom; empty if all are neutral.
  span<const std::int8_t> charges;
  /// x, y and z of each atom, Å; empty if none are known.
  span<const float> positions;
  /// The two atoms of each bond, counted from 0.
  span<const std::uint32_t> bonds;
  /// The `chmr_bond_order` of each bond.
  span<const std::uint8_t> orders;
};

/// How a batch is predicted.
struct predict_options {
  /// The most threads to use; 0: as many as the machine has.
  std::size_t threads = 0;
  /// Indices of the tasks to predict, in the order of the columns; all where it is default-made.
  span<const std::size_t> tasks;
  /// Told how the run proceeds.
  chmr::progress progress;
  /// Whether the predictions tell intervals and the applicability domain, too.
  bool trust = false;
};

/// The ends of an interval, in the task's unit.
struct interval {
  /// The lower end.
  float lower = 0;
  /// The upper end.
  float upper = 0;
};

/// A feature that is worth measuring.
struct chosen {
  /// Its place among the modality's features.
  std::size_t feature = 0;
  /// Share of the variance of the features outside the panel that the panel explains up to this one, 0 to 1.
  float explained = 0;
};

/// A place in the learned hierarchy.
struct code {
  /// The node at each level, level 1 first, counted from 0 within its level.
  std::vector<std::uint32_t> nodes;
  /// The cosine between the latent and each of them.
  std::vector<float> cosines;
};

/// How a modality is imputed.
struct impute_options {
  /// The most threads to use; 0: as many as the machine has.
  std::size_t threads = 0;
  /// What was measured: rows * features floats, NaN where nothing was; empty where nothing was at all.
  span<const float> observed;
  /// Not 0: the paper's plain propagation over as many neighbours instead of regression.
  std::size_t propagation_neighbors = 0;
  /// Steps of propagation; 0 where there is none.
  std::size_t propagation_steps = 0;
  /// Use nothing but structure, even for compounds of which the library knows more.
  bool structure_only = false;
  /// Told how the run proceeds.
  chmr::progress progress;
};

/// What was observed of the molecules of a library; see chmr_library_build.
struct profiles {
  /// A name for each molecule, one a line.
  std::string_view ids;
  /// What was observed, such as "expression".
  std::string_view modality;
  /// Names of the features, one a line.
  std::string_view features;
  /// Molecules * features floats, row-major; a row of NaN is a molecule without a profile.
  span<const float> values;
  /// What values go through before they are averaged.
  chmr_scale_kind scale = CHMR_SCALE_KIND_LINEAR;
  /// What a neighbour's similarity is raised to, 1 to 16.
  std::int32_t power = 2;
  /// Variance of one observation over that which structure explains, above 0.
  float noise = 2;
  /// How far rows are brought to one magnitude, 0 to 1.
  float balance = 0.5f;
};

/// A molecule of a library and how similar it is.
struct similar {
  /// Its id in the library.
  std::string id;
  /// Tanimoto similarity.
  float similarity = 0;
};

/// @cond
namespace detail {

/// A molecule and its similarity, from a call that fills both.
template <class F>
result<similar> similar_molecule(F &&call) {
  similar found;
  auto id = text([&](char *buffer, std::size_t capacity, std::size_t *length, chmr_error *e) {
    return call(&found.similarity, buffer, capacity, length, e);
  });
  if (!id) return id.error();
  found.id = *std::move(id);
  return found;
}

}  // namespace detail
/// @endcond

/// A run that can be cancelled from any thread.
class run : public detail::handle<chmr_run, chmr_run_free> {
 public:
  /// Takes over a C handle.
  explicit run(chmr_run *owned) noexcept : handle(owned) {}
  /// A new run, not cancelled.
  static result<run> try_new() noexcept { return detail::made<run, chmr_run>(chmr_run_new); }
#if CHMR_HPP_EXCEPTIONS
  /// A new run, not cancelled.
  run() : run(try_new().value()) {}
#endif
  /// Asks the predictions that run with it to stop; from any thread.
  void cancel() const noexcept { chmr_run_cancel(get(), nullptr); }
  /// Whether it was cancelled.
  bool is_cancelled() const noexcept { return chmr_run_is_cancelled(get()) != 0; }
};

/// Molecules that are to be predicted together. A bad molecule is a bad row, never an error.
class batch : public detail::handle<chmr_batch, chmr_batch_free> {
 public:
  /// Takes over a C handle.
  explicit batch(chmr_batch *owned) noexcept : handle(owned) {}
  /// A new, empty batch.
  static result<batch> try_new() noexcept { return detail::made<batch, chmr_batch>(chmr_batch_new); }

  /// Number of molecules, bad ones included.
  std::size_t size() const noexcept { return chmr_batch_len(get()); }
  /// Whether there are none.
  bool empty() const noexcept { return size() == 0; }
  /// Removes all molecules.
  result<void> try_clear() noexcept {
    return result<void>::of([&](chmr_error *e) { return chmr_batch_clear(get(), e); });
  }
  /// Adds one molecule as SMILES.
  result<void> try_add_smiles(std::string_view smiles) noexcept {
    return result<void>::of(
        [&](chmr_error *e) { return chmr_batch_add_smiles(get(), smiles.data(), smiles.size(), e); });
  }
  /// Adds one molecule as a molblock, V2000 or V3000.
  result<void> try_add_molblock(std::string_view molblock) noexcept {
    return result<void>::of([&](chmr_error *e) {
      return chmr_batch_add_molblock(get(), molblock.data(), molblock.size(), e);
    });
  }
  /// Adds every record of an SD file with its title and data fields; gives the number of rows added.
  result<std::size_t> try_add_sdf(std::string_view sdf) noexcept {
    return detail::output<std::size_t>([&](std::size_t *added, chmr_error *e) {
      return chmr_batch_add_sdf(get(), sdf.data(), sdf.size(), added, e);
    });
  }
  /// Adds every pose of a PDBQT text, a row for each molecule of each; gives the number of rows added. Without
  /// template SMILES, one a line, each molecule needs its REMARK SMILES.
  result<std::size_t> try_add_pdbqt(std::string_view pdbqt, std::string_view smiles = {}) noexcept {
    return detail::output<std::size_t>([&](std::size_t *added, chmr_error *e) {
      return chmr_batch_add_pdbqt(get(), pdbqt.data(), pdbqt.size(), smiles.data(), smiles.size(),
                                  added, e);
    });
  }
  /// Adds one molecule as arrays. Arrays whose lengths do not agree are
  /// CHMR_STATUS_INVALID_ARGUMENT.
  result<void> try_add_atoms(const atoms &a) noexcept {
    const std::size_t count = a.elements.size(), bond_count = a.orders.size();
    const bool agree = (a.charges.empty() || a.charges.size() == count) &&
                       (a.positions.empty() || a.positions.size() == 3 * count) &&
                       a.bonds.size() == 2 * bond_count;
    if (!agree) return error::invalid("the lengths of the arrays of atoms or bonds do not agree");
    return result<void>::of([&](chmr_error *e) {
      return chmr_batch_add_atoms(get(), a.elements.data(), a.charges.data(), a.positions.data(),
                                  count, a.bonds.data(), a.orders.data(), bond_count, e);
    });
  }
  /// Adds a fingerprint that was computed elsewhere; see chmr_batch_add_fingerprint.
  result<void> try_add_fingerprint(chmr_fingerprint_kind kind, std::uint32_t radius,
                                   std::size_t bit_count, span<const std::uint8_t> bits) noexcept {
    return result<void>::of([&](chmr_error *e) {
      return chmr_batch_add_fingerprint(get(), kind, radius, bit_count, bits.data(), bits.size(), e);
    });
  }
  /// What the file calls a row: the title of an SD record; empty for none.
  result<std::string> try_title(std::size_t row) const noexcept {
    return detail::text([&](char *buffer, std::size_t capacity, std::size_t *length, chmr_error *e) {
      return chmr_batch_row_title(get(), row, buffer, capacity, length, e);
    });
  }
  /// Number of data fields of a row; 0 beyond the end.
  std::size_t field_count(std::size_t row) const noexcept {
    return chmr_batch_row_field_count(get(), row);
  }
  /// The name of a data field of a row, in the file's order.
  result<std::string> try_field_name(std::size_t row, std::size_t field) const noexcept {
    return detail::text([&](char *buffer, std::size_t capacity, std::size_t *length, chmr_error *e) {
      return chmr_batch_row_field_name(get(), row, field, buffer, capacity, length, e);
    });
  }
  /// The value of a data field of a row: its lines, with line feeds between them.
  result<std::string> try_field_value(std::size_t row, std::size_t field) const noexcept {
    return detail::text([&](char *buffer, std::size_t capacity, std::size_t *length, chmr_error *e) {
      return chmr_batch_row_field_value(get(), row, field, buffer, capacity, length, e);
    });
  }

#if CHMR_HPP_EXCEPTIONS
  /// A new, empty batch.
  batch() : batch(try_new().value()) {}
  /// Removes all molecules.
  void clear() { try_clear().value(); }
  /// Adds one molecule as SMILES.
  void add_smiles(std::string_view smiles) { try_add_smiles(smiles).value(); }
  /// Adds one molecule as a molblock, V2000 or V3000.
  void add_molblock(std::string_view molblock) { try_add_molblock(molblock).value(); }
  /// Adds every record of an SD file with its title and data fields; gives the number of rows added.
  std::size_t add_sdf(std::string_view sdf) { return try_add_sdf(sdf).value(); }
  /// Adds every pose of a PDBQT text, a row for each molecule of each; gives the number of rows added. Without
  /// template SMILES, one a line, each molecule needs its REMARK SMILES.
  std::size_t add_pdbqt(std::string_view pdbqt, std::string_view smiles = {}) {
    return try_add_pdbqt(pdbqt, smiles).value();
  }
  /// Adds one molecule as arrays.
  void add_atoms(const atoms &a) { try_add_atoms(a).value(); }
  /// Adds a fingerprint that was computed elsewhere; see chmr_batch_add_fingerprint.
  void add_fingerprint(chmr_fingerprint_kind kind, std::uint32_t radius, std::size_t bit_count,
                       span<const std::uint8_t> bits) {
    try_add_fingerprint(kind, radius, bit_count, bits).value();
  }
  /// What the file calls a row: the title of an SD record; empty for none.
  std::string title(std::size_t row) const { return try_title(row).value(); }
  /// The name of a data field of a row, in the file's order.
  std::string field_name(std::size_t row, std::size_t field) const {
    return try_field_name(row, field).value();
  }
  /// The value of a data field of a row: its lines, with line feeds between them.
  std::string field_value(std::size_t row, std::size_t field) const {
    return try_field_value(row, field).value();
  }
#endif
};

/// The predictions of a batch: a row a molecule, a column a task.
class predictions : public detail::handle<chmr_result, chmr_result_free> {
 public:
  /// Takes over a C handle.
  explicit predictions(chmr_result *owned) noexcept : handle(owned) {}

  /// Number of rows: the molecules of the batch, in its order.
  std::size_t row_count() const noexcept { return chmr_result_row_count(get()); }
  /// Number of columns.
  std::size_t task_count() const noexcept { return chmr_result_task_count(get()); }
  /// All values, row-major; a bad row is all NaN. Valid as long as this object.
  span<const float> values() const noexcept {
    return {chmr_result_values(get()), row_count() * task_count()};
  }
  /// The values of row `i`, which must be below row_count(): one float a column.
  span<const float> row(std::size_t i) const noexcept {
    const std::size_t tasks = task_count();
    return {chmr_result_values(get()) + i * tasks, tasks};
  }
  /// What became of row `i`.
  chmr::status status(std::size_t i) const noexcept { return chmr_result_row_status(get(), i); }
  /// Whether row `i` has values.
  bool ok(std::size_t i) const noexcept { return status(i) == CHMR_STATUS_OK; }
  /// Why row `i` is bad; empty for a good one.
  result<std::string> try_reason(std::size_t i) const {
    return detail::text([&](char *buffer, std::size_t capacity, std::size_t *length, chmr_error *e) {
      return chmr_result_row_reason(get(), i, buffer, capacity, length, e);
    });
  }
  /// What makes the molecule of row `i` unlike those that models are made for: a sum of chmr_molecule_flag.
  result<std::uint32_t> try_flags(std::size_t i) const noexcept {
    return detail::output<std::uint32_t>([&](std::uint32_t *flags, chmr_error *e) {
      return chmr_result_row_flags(get(), i, flags, e);
    });
  }
  /// What the flags of row `i` say, for a person; empty where there are none.
  result<std::string> try_note(std::size_t i) const {
    return detail::text([&](char *buffer, std::size_t capacity, std::size_t *length, chmr_error *e) {
      return chmr_result_row_note(get(), i, buffer, capacity, length, e);
    });
  }
  /// The task, an index into the model's, that a column holds.
  result<std::size_t> try_task(std::size_t column) const noexcept {
    return detail::output<std::size_t>([&](std::size_t *task, chmr_error *e) {
      return chmr_result_task(get(), column, task, e);
    });
  }
  /// A text that identifies the model that made these predictions.
  result<std::string> try_model_text(chmr_model_field field) const {
    return detail::text([&](char *buffer, std::size_t capacity, std::size_t *length, chmr_error *e) {
      return chmr_result_model_text(get(), field, buffer, capacity, length, e);
    });
  }
  /// Number of modalities that try_provision() tells about: the structure, then those of the library.
  std::size_t modality_count() const noexcept { return chmr_result_modality_count(get()); }
  /// The name of a modality.
  result<std::string> try_modality_name(std::size_t modality) const {
    return detail::text([&](char *buffer, std::size_t capacity, std::size_t *length, chmr_error *e) {
      return chmr_result_modality_name(get(), modality, buffer, capacity, length, e);
    });
  }
  /// What the prediction of row `i` knew of a modality; see chmr_result_provision.
  result<chmr_provision> try_provision(std::size_t i, std::size_t modality) const noexcept {
    return detail::output<chmr_provision>([&](chmr_provision *out, chmr_error *e) {
      return chmr_result_provision(get(), i, modality, out, e);
    });
  }
  /// Number of coverages that there are intervals for; 0 where the options did not ask for trust.
  std::size_t coverage_count() const noexcept { return chmr_result_coverage_count(get()); }
  /// The share of measurements that the intervals of a coverage hold.
  result<float> try_coverage(std::size_t coverage) const noexcept {
    return detail::output<float>([&](float *share, chmr_error *e) {
      return chmr_result_coverage(get(), coverage, share, e);
    });
  }
  /// The interval about the value of row `i` in a column; NaN where there is none.
  result<chmr::interval> try_interval(std::size_t i, std::size_t column,
                                      std::size_t coverage) const noexcept {
    return detail::output<chmr::interval>([&](chmr::interval *out, chmr_error *e) {
      return chmr_result_interval(get(), i, column, coverage, &out->lower, &out->upper, e);
    });
  }
  /// Where the molecule of row `i` lies relative to the training molecules of a column's data set.
  result<chmr_domain> try_domain(std::size_t i, std::size_t column) const noexcept {
    return detail::output<chmr_domain>([&](chmr_domain *out, chmr_error *e) {
      return chmr_result_domain(get(), i, column, out, e);
    });
  }
  /// Why it lies outside of the applicability domain; empty where it lies inside.
  result<std::string> try_domain_reason(std::size_t i, std::size_t column) const {
    return detail::text([&](char *buffer, std::size_t capacity, std::size_t *length, chmr_error *e) {
      return chmr_result_domain_reason(get(), i, column, buffer, capacity, length, e);
    });
  }

#if CHMR_HPP_EXCEPTIONS
  /// Why row `i` is bad; empty for a good one.
  std::string reason(std::size_t i) const { return try_reason(i).value(); }
  /// What makes the molecule of row `i` unlike those that models are made for: a sum of chmr_molecule_flag.
  std::uint32_t flags(std::size_t i) const { return try_flags(i).value(); }
  /// What the flags of row `i` say, for a person; empty where there are none.
  std::string note(std::size_t i) const { return try_note(i).value(); }
  /// The task, an index into the model's, that a column holds.
  std::size_t task(std::size_t column) const { return try_task(column).value(); }
  /// A text that identifies the model that made these predictions.
  std::string model_text(chmr_model_field field) const { return try_model_text(field).value(); }
  /// The name of a modality.
  std::string modality_name(std::size_t modality) const { return try_modality_name(modality).value(); }
  /// What the prediction of row `i` knew of a modality; see chmr_result_provision.
  chmr_provision provision(std::size_t i, std::size_t modality) const {
    return try_provision(i, modality).value();
  }
  /// The share of measurements that the intervals of a coverage hold.
  float coverage(std::size_t coverage) const { return try_coverage(coverage).value(); }
  /// The interval about the value of row `i` in a column; NaN where there is none.
  chmr::interval interval(std::size_t i, std::size_t column, std::size_t coverage) const {
    return try_interval(i, column, coverage).value();
  }
  /// Where the molecule of row `i` lies relative to the training molecules of a column's data set.
  chmr_domain domain(std::size_t i, std::size_t column) const { return try_domain(i, column).value(); }
  /// Why it lies outside of the applicability domain; empty where it lies inside.
  std::string domain_reason(std::size_t i, std::size_t column) const {
    return try_domain_reason(i, column).value();
  }
#endif
};

/// Known molecules with their observed profiles, immutable but for set_activity.
class library : public detail::handle<chmr_library, chmr_library_free> {
 public:
  /// Takes over a C handle.
  explicit library(chmr_library *owned) noexcept : handle(owned) {}

  /// Opens a library file.
  static result<library> try_open(std::string_view path) noexcept {
    return detail::made<library, chmr_library>([&](chmr_library **out, chmr_error *e) {
      return chmr_library_open(path.data(), path.size(), out, e);
    });
  }
  /// Makes a library of molecules and profiles that were observed of them.
  static result<library> try_build(const batch &molecules, const profiles &p) noexcept {
    return detail::made<library, chmr_library>([&](chmr_library **out, chmr_error *e) {
      return chmr_library_build(molecules.get(), p.ids.data(), p.ids.size(), p.modality.data(),
                                p.modality.size(), p.features.data(), p.features.size(),
                                p.values.data(), p.values.size(), p.scale, p.power, p.noise, p.balance,
                                out, e);
    });
  }
  /// Number of molecules.
  std::size_t size() const noexcept { return chmr_library_len(get()); }
  /// Writes the library to a file.
  result<void> try_save(std::string_view path) const noexcept {
    return result<void>::of(
        [&](chmr_error *e) { return chmr_library_save(get(), path.data(), path.size(), e); });
  }

  /// Tells how strongly compounds act, compounds * names floats; see chmr_library_set_activity. While no other
  /// thread uses the library.
  result<void> try_set_activity(std::string_view modality, const batch &compounds,
                                std::string_view names, span<const float> values,
                                float weight = 0.3f) noexcept {
    return result<void>::of([&](chmr_error *e) {
      return chmr_library_set_activity(get(), modality.data(), modality.size(), compounds.get(),
                                       names.data(), names.size(), values.data(), values.size(),
                                       weight, e);
    });
  }

#if CHMR_HPP_EXCEPTIONS
  /// Tells how strongly compounds act; see try_set_activity.
  void set_activity(std::string_view modality, const batch &compounds, std::string_view names,
                    span<const float> values, float weight = 0.3f) {
    try_set_activity(modality, compounds, names, values, weight).value();
  }
  /// Opens a library file.
  static library open(std::string_view path) { return try_open(path).value(); }
  /// Makes a library of molecules and profiles that were observed of them.
  static library build(const batch &molecules, const profiles &p) {
    return try_build(molecules, p).value();
  }
  /// Writes the library to a file.
  void save(std::string_view path) const { try_save(path).value(); }
#endif
};

/// A modality filled in for a batch: a row a molecule, a column a feature.
class imputation : public detail::handle<chmr_imputation, chmr_imputation_free> {
 public:
  /// Takes over a C handle.
  explicit imputation(chmr_imputation *owned) noexcept : handle(owned) {}

  /// Number of rows: the molecules of the batch, in its order.
  std::size_t row_count() const noexcept { return chmr_imputation_row_count(get()); }
  /// Number of columns.
  std::size_t feature_count() const noexcept { return chmr_imputation_feature_count(get()); }
  /// All values, row-major; a bad row is all NaN. Valid as long as this object.
  span<const float> values() const noexcept {
    return {chmr_imputation_values(get()), row_count() * feature_count()};
  }
  /// The spread of each value, laid out as values(). Valid as long as this object.
  span<const float> spread() const noexcept {
    return {chmr_imputation_spread(get()), row_count() * feature_count()};
  }
  /// What became of row `i`.
  chmr::status status(std::size_t i) const noexcept { return chmr_imputation_row_status(get(), i); }
  /// Whether row `i` has values.
  bool ok(std::size_t i) const noexcept { return status(i) == CHMR_STATUS_OK; }
  /// Why row `i` is bad; empty for a good one.
  result<std::string> try_reason(std::size_t i) const {
    return detail::text([&](char *buffer, std::size_t capacity, std::size_t *length, chmr_error *e) {
      return chmr_imputation_row_reason(get(), i, buffer, capacity, length, e);
    });
  }
  /// A text that describes a feature.
  result<std::string> try_feature_text(std::size_t feature, chmr_feature_field field) const {
    return detail::text([&](char *buffer, std::size_t capacity, std::size_t *length, chmr_error *e) {
      return chmr_imputation_feature_text(get(), feature, field, buffer, capacity, length, e);
    });
  }
  /// What the values of row `i`, a good one, rest on.
  result<chmr_support> try_support(std::size_t i) const noexcept {
    return detail::output<chmr_support>([&](chmr_support *support, chmr_error *e) {
      return chmr_imputation_support(get(), i, support, e);
    });
  }
  /// How many features of row `i`, a good one, the caller gave.
  result<std::size_t> try_observed_count(std::size_t i) const noexcept {
    return detail::output<std::size_t>([&](std::size_t *count, chmr_error *e) {
      return chmr_imputation_observed_count(get(), i, count, e);
    });
  }
  /// Half the width, in spreads, of an interval about each value of row `i`, a good one, which holds a measurement with
  /// the probability `coverage`, 0.5 to 0.99; see chmr_imputation_interval.
  result<float> try_interval(std::size_t i, float coverage) const noexcept {
    return detail::output<float>([&](float *half_width, chmr_error *e) {
      return chmr_imputation_interval(get(), i, coverage, half_width, e);
    });
  }
  /// One of the nearest observed molecules of row `i`, below its support's source_count.
  result<similar> try_source(std::size_t i, std::size_t source) const {
    return detail::similar_molecule([&](float *similarity, char *buffer, std::size_t capacity,
                                        std::size_t *length, chmr_error *e) {
      return chmr_imputation_source(get(), i, source, similarity, buffer, capacity, length, e);
    });
  }
  /// A text that identifies the model that made the imputation.
  result<std::string> try_model_text(chmr_model_field field) const {
    return detail::text([&](char *buffer, std::size_t capacity, std::size_t *length, chmr_error *e) {
      return chmr_imputation_model_text(get(), field, buffer, capacity, length, e);
    });
  }

#if CHMR_HPP_EXCEPTIONS
  /// Why row `i` is bad; empty for a good one.
  std::string reason(std::size_t i) const { return try_reason(i).value(); }
  /// A text that describes a feature.
  std::string feature_text(std::size_t feature, chmr_feature_field field) const {
    return try_feature_text(feature, field).value();
  }
  /// What the values of row `i`, a good one, rest on.
  chmr_support support(std::size_t i) const { return try_support(i).value(); }
  /// How many features of row `i`, a good one, the caller gave.
  std::size_t observed_count(std::size_t i) const { return try_observed_count(i).value(); }
  /// Half the width, in spreads, of an interval about each value of row `i`, a good one, which holds a measurement with
  /// the probability `coverage`, 0.5 to 0.99.
  float interval(std::size_t i, float coverage) const { return try_interval(i, coverage).value(); }
  /// One of the nearest observed molecules of row `i`, below its support's source_count.
  similar source(std::size_t i, std::size_t source) const { return try_source(i, source).value(); }
  /// A text that identifies the model that made the imputation.
  std::string model_text(chmr_model_field field) const { return try_model_text(field).value(); }
#endif
};

/// The most similar molecules of a library, for each molecule of a batch.
class neighbor_list : public detail::handle<chmr_neighbor_list, chmr_neighbor_list_free> {
 public:
  /// Takes over a C handle.
  explicit neighbor_list(chmr_neighbor_list *owned) noexcept : handle(owned) {}

  /// Number of rows: the molecules of the batch, in its order.
  std::size_t row_count() const noexcept { return chmr_neighbor_list_row_count(get()); }
  /// Number of neighbours of row `i`; 0 for a bad one.
  std::size_t size(std::size_t i) const noexcept { return chmr_neighbor_list_len(get(), i); }
  /// What became of row `i`.
  chmr::status status(std::size_t i) const noexcept {
    return chmr_neighbor_list_row_status(get(), i);
  }
  /// Whether row `i` was searched for.
  bool ok(std::size_t i) const noexcept { return status(i) == CHMR_STATUS_OK; }
  /// Why row `i` is bad; empty for a good one.
  result<std::string> try_reason(std::size_t i) const {
    return detail::text([&](char *buffer, std::size_t capacity, std::size_t *length, chmr_error *e) {
      return chmr_neighbor_list_row_reason(get(), i, buffer, capacity, length, e);
    });
  }
  /// Neighbour `n` of row `i`, nearest first.
  result<similar> try_neighbor(std::size_t i, std::size_t n) const {
    return detail::similar_molecule([&](float *similarity, char *buffer, std::size_t capacity,
                                        std::size_t *length, chmr_error *e) {
      return chmr_neighbor_list_get(get(), i, n, similarity, buffer, capacity, length, e);
    });
  }

#if CHMR_HPP_EXCEPTIONS
  /// Why row `i` is bad; empty for a good one.
  std::string reason(std::size_t i) const { return try_reason(i).value(); }
  /// Neighbour `n` of row `i`, nearest first.
  similar neighbor(std::size_t i, std::size_t n) const { return try_neighbor(i, n).value(); }
#endif
};

/// Fingerprints of any number of molecules in a mapped file; see chmr_fingerprint_table_open.
class fingerprint_table
    : public detail::handle<chmr_fingerprint_table, chmr_fingerprint_table_free> {
 public:
  /// Takes over a C handle.
  explicit fingerprint_table(chmr_fingerprint_table *owned) noexcept : handle(owned) {}

  /// Opens a table.
  static result<fingerprint_table> try_open(std::string_view path) noexcept {
    return detail::made<fingerprint_table, chmr_fingerprint_table>(
        [&](chmr_fingerprint_table **out, chmr_error *e) {
          return chmr_fingerprint_table_open(path.data(), path.size(), out, e);
        });
  }
  /// Writes the molecules of a batch, called `ids` (one a line), as a table.
  static result<void> try_write(const batch &molecules, std::string_view ids,
                                std::string_view path) noexcept {
    return result<void>::of([&](chmr_error *e) {
      return chmr_fingerprint_table_write(molecules.get(), ids.data(), ids.size(), path.data(),
                                          path.size(), e);
    });
  }
  /// Number of molecules.
  std::size_t size() const noexcept { return chmr_fingerprint_table_len(get()); }
  /// Width of the fingerprints in bits.
  std::size_t bits() const noexcept { return chmr_fingerprint_table_bits(get()); }
  /// The at most `k` molecules of the table that are most similar to each of a batch, of a
  /// similarity of at least `threshold`.
  result<neighbor_list> try_neighbors(const batch &batch, std::size_t k, float threshold = 0,
                                      std::size_t threads = 0,
                                      const run *cancel = nullptr) const noexcept {
    return detail::made<neighbor_list, chmr_neighbor_list>(
        [&](chmr_neighbor_list **out, chmr_error *e) {
          return chmr_fingerprint_table_neighbors(get(), batch.get(), k, threshold, threads,
                                                  cancel ? cancel->get() : nullptr, out, e);
        });
  }

#if CHMR_HPP_EXCEPTIONS
  /// Opens a table.
  static fingerprint_table open(std::string_view path) { return try_open(path).value(); }
  /// Writes the molecules of a batch, called `ids` (one a line), as a table.
  static void write(const batch &molecules, std::string_view ids, std::string_view path) {
    try_write(molecules, ids, path).value();
  }
  /// The at most `k` molecules of the table that are most similar to each of a batch.
  neighbor_list neighbors(const batch &batch, std::size_t k, float threshold = 0,
                          std::size_t threads = 0, const run *cancel = nullptr) const {
    return try_neighbors(batch, k, threshold, threads, cancel).value();
  }
#endif
};

/// The latents of a batch and their places in the learned hierarchy, a modality each.
class encoding : public detail::handle<chmr_encoding, chmr_encoding_free> {
 public:
  /// Takes over a C handle.
  explicit encoding(chmr_encoding *owned) noexcept : handle(owned) {}

  /// Number of rows: the molecules of the batch, in its order.
  std::size_t row_count() const noexcept { return chmr_encoding_row_count(get()); }
  /// Number of modalities.
  std::size_t modality_count() const noexcept { return chmr_encoding_modality_count(get()); }
  /// Length of a latent.
  std::size_t width() const noexcept { return chmr_encoding_width(get()); }
  /// Number of levels of the hierarchy.
  std::size_t depth() const noexcept { return chmr_encoding_depth(get()); }
  /// The latents of a modality, row-major; a bad row is all NaN. Valid as long as this object.
  span<const float> latents(std::size_t modality) const noexcept {
    const float *values = chmr_encoding_latents(get(), modality);
    return {values, values ? row_count() * width() : 0};
  }
  /// What became of row `i`.
  chmr::status status(std::size_t i) const noexcept { return chmr_encoding_row_status(get(), i); }
  /// Whether row `i` has values.
  bool ok(std::size_t i) const noexcept { return status(i) == CHMR_STATUS_OK; }
  /// Why row `i` is bad; empty for a good one.
  result<std::string> try_reason(std::size_t i) const {
    return detail::text([&](char *buffer, std::size_t capacity, std::size_t *length, chmr_error *e) {
      return chmr_encoding_row_reason(get(), i, buffer, capacity, length, e);
    });
  }
  /// The name of a modality.
  result<std::string> try_modality_name(std::size_t modality) const {
    return detail::text([&](char *buffer, std::size_t capacity, std::size_t *length, chmr_error *e) {
      return chmr_encoding_modality_name(get(), modality, buffer, capacity, length, e);
    });
  }
  /// The place of row `i` in the hierarchy.
  result<chmr::code> try_code(std::size_t i, std::size_t modality) const {
    chmr::code code{std::vector<std::uint32_t>(depth()), std::vector<float>(depth())};
    error e;
    if (chmr_encoding_code(get(), i, modality, code.nodes.data(), code.nodes.size(), code.cosines.data(),
                           code.cosines.size(), e.get()) != CHMR_STATUS_OK)
      return e;
    return code;
  }
  /// A text that identifies the model that made the encoding.
  result<std::string> try_model_text(chmr_model_field field) const {
    return detail::text([&](char *buffer, std::size_t capacity, std::size_t *length, chmr_error *e) {
      return chmr_encoding_model_text(get(), field, buffer, capacity, length, e);
    });
  }

#if CHMR_HPP_EXCEPTIONS
  /// Why row `i` is bad; empty for a good one.
  std::string reason(std::size_t i) const { return try_reason(i).value(); }
  /// The name of a modality.
  std::string modality_name(std::size_t modality) const { return try_modality_name(modality).value(); }
  /// The place of row `i` in the hierarchy.
  chmr::code code(std::size_t i, std::size_t modality) const { return try_code(i, modality).value(); }
  /// A text that identifies the model that made the encoding.
  std::string model_text(chmr_model_field field) const { return try_model_text(field).value(); }
#endif
};

/// The level of the deepest common ancestor of two codes of one hierarchy; see chmr_code_common_depth.
inline result<std::size_t> try_common_depth(const code &first, const code &second) noexcept {
  const std::size_t depth =
      first.nodes.size() < second.nodes.size() ? first.nodes.size() : second.nodes.size();
  return detail::output<std::size_t>([&](std::size_t *common, chmr_error *e) {
    return chmr_code_common_depth(first.nodes.data(), second.nodes.data(), depth, common, e);
  });
}

/// A model, immutable once opened: share it between threads by reference.
class model : public detail::handle<chmr_model, chmr_model_free> {
 public:
  /// Takes over a C handle.
  explicit model(chmr_model *owned) noexcept : handle(owned) {}

  /// Opens the model that is embedded in the library.
  static result<model> try_open_default() noexcept {
    return detail::made<model, chmr_model>(chmr_model_open_default);
  }
  /// Opens a model file.
  static result<model> try_open(std::string_view path) noexcept {
    return detail::made<model, chmr_model>([&](chmr_model **out, chmr_error *e) {
      return chmr_model_open(path.data(), path.size(), out, e);
    });
  }
  /// Opens a model file that lies in memory; the bytes are not needed afterwards.
  static result<model> try_open_memory(span<const std::uint8_t> data) noexcept {
    return detail::made<model, chmr_model>([&](chmr_model **out, chmr_error *e) {
      return chmr_model_open_memory(data.data(), data.size(), out, e);
    });
  }

  /// Number of tasks.
  std::size_t task_count() const noexcept { return chmr_model_task_count(get()); }
  /// The index of the task of a given name, "<data set>/<column>".
  result<std::size_t> try_find_task(std::string_view name) const noexcept {
    return detail::output<std::size_t>([&](std::size_t *task, chmr_error *e) {
      return chmr_model_find_task(get(), name.data(), name.size(), task, e);
    });
  }
  /// A text that describes the model.
  result<std::string> try_text(chmr_model_field field) const {
    return detail::text([&](char *buffer, std::size_t capacity, std::size_t *length, chmr_error *e) {
      return chmr_model_text(get(), field, buffer, capacity, length, e);
    });
  }
  /// A text that describes a task.
  result<std::string> try_task_text(std::size_t task, chmr_task_field field) const {
    return detail::text([&](char *buffer, std::size_t capacity, std::size_t *length, chmr_error *e) {
      return chmr_model_task_text(get(), task, field, buffer, capacity, length, e);
    });
  }
  /// What the values of a task are.
  result<chmr::task_kind> try_kind(std::size_t task) const noexcept {
    return detail::output<chmr::task_kind>([&](chmr::task_kind *kind, chmr_error *e) {
      return chmr_model_task_kind(get(), task, kind, e);
    });
  }
  /// What the prediction of a task depends on: a sum of `CHMR_READS_...`.
  result<std::uint32_t> try_reads(std::size_t task) const noexcept {
    return detail::output<std::uint32_t>([&](std::uint32_t *reads, chmr_error *e) {
      return chmr_model_task_reads(get(), task, reads, e);
    });
  }
  /// Number of modalities that the model's library has observed profiles of.
  std::size_t modality_count() const noexcept { return chmr_model_modality_count(get()); }
  /// A text on a modality of the library: its name, where its profiles come from, their licence.
  result<std::string> try_modality_text(std::size_t modality, chmr_modality_field field) const {
    return detail::text([&](char *buffer, std::size_t capacity, std::size_t *length, chmr_error *e) {
      return chmr_model_modality_text(get(), modality, field, buffer, capacity, length, e);
    });
  }
  /// Predicts a batch; `cancel`, where given, stops it from another thread.
  result<predictions> try_predict(const batch &batch, const predict_options &options = {},
                                  const run *cancel = nullptr) const noexcept {
    chmr_predict_options c = CHMR_PREDICT_OPTIONS_INIT;
    c.threads = options.threads;
    c.tasks = options.tasks.data();
    c.task_count = options.tasks.size();
    c.progress = options.progress.call();
    c.user_data = options.progress.self();
    c.trust = options.trust;
    return detail::made<predictions, chmr_result>([&](chmr_result **out, chmr_error *e) {
      return chmr_predict(get(), batch.get(), &c, cancel ? cancel->get() : nullptr, out, e);
    });
  }
  /// Adds a library, which the model copies; while no other thread uses the model.
  result<void> try_add_library(const library &library) noexcept {
    return result<void>::of(
        [&](chmr_error *e) { return chmr_model_add_library(get(), library.get(), e); });
  }
  /// Fills in a modality, such as "expression", for every molecule of a batch.
  result<imputation> try_impute(const batch &batch, std::string_view modality,
                                const impute_options &options = {},
                                const run *cancel = nullptr) const noexcept {
    chmr_impute_options c = CHMR_IMPUTE_OPTIONS_INIT;
    c.threads = options.threads;
    c.observed = options.observed.data();
    c.observed_count = options.observed.size();
    c.propagation_neighbors = options.propagation_neighbors;
    c.propagation_steps = options.propagation_steps;
    c.structure_only = options.structure_only ? 1 : 0;
    c.progress = options.progress.call();
    c.user_data = options.progress.self();
    return detail::made<imputation, chmr_imputation>([&](chmr_imputation **out, chmr_error *e) {
      return chmr_impute(get(), batch.get(), modality.data(), modality.size(), &c,
                         cancel ? cancel->get() : nullptr, out, e);
    });
  }
  /// The `size` features of a modality whose measurement tells most about the others, the most telling first; see chmr_panel.
  result<std::vector<chosen>> try_panel(std::string_view modality, std::size_t size,
                                        const run *cancel = nullptr) const {
    std::vector<std::size_t> features(size);
    std::vector<float> explained(size);
    std::size_t count = 0;
    error e;
    if (chmr_panel(get(), modality.data(), modality.size(), size, cancel ? cancel->get() : nullptr,
                   features.data(), explained.data(), &count, e.get()) != CHMR_STATUS_OK)
      return e;
    std::vector<chosen> panel(count);
    for (std::size_t i = 0; i < count; ++i) panel[i] = {features[i], explained[i]};
    return panel;
  }
  /// The at most `k` molecules of the model's library that are most similar to each of a batch, of a
  /// similarity of at least `threshold`.
  result<neighbor_list> try_neighbors(const batch &batch, std::size_t k, float threshold = 0,
                                      std::size_t threads = 0,
                                      const run *cancel = nullptr) const noexcept {
    return detail::made<neighbor_list, chmr_neighbor_list>(
        [&](chmr_neighbor_list **out, chmr_error *e) {
          return chmr_neighbors(get(), batch.get(), k, threshold, threads,
                                cancel ? cancel->get() : nullptr, out, e);
        });
  }
  /// The latents of a batch and their places in the learned hierarchy.
  result<encoding> try_encode(const batch &batch, std::size_t threads = 0,
                              const run *cancel = nullptr) const noexcept {
    return detail::made<encoding, chmr_encoding>([&](chmr_encoding **out, chmr_error *e) {
      return chmr_encode(get(), batch.get(), threads, cancel ? cancel->get() : nullptr, out, e);
    });
  }
  /// Predicts one molecule on this thread into `values`, which has room for one float a task.
  result<void> try_predict_smiles(std::string_view smiles, span<float> values,
                                  span<const std::size_t> tasks = {}) const noexcept {
    return result<void>::of([&](chmr_error *e) {
      return chmr_predict_smiles(get(), smiles.data(), smiles.size(), tasks.data(), tasks.size(),
                                 values.data(), values.size(), e);
    });
  }

#if CHMR_HPP_EXCEPTIONS
  /// Opens the model that is embedded in the library.
  static model open_default() { return try_open_default().value(); }
  /// Opens a model file.
  static model open(std::string_view path) { return try_open(path).value(); }
  /// Opens a model file that lies in memory; the bytes are not needed afterwards.
  static model open_memory(span<const std::uint8_t> data) { return try_open_memory(data).value(); }
  /// The index of the task of a given name, "<data set>/<column>".
  std::size_t find_task(std::string_view name) const { return try_find_task(name).value(); }
  /// A text that describes the model.
  std::string text(chmr_model_field field) const { return try_text(field).value(); }
  /// A text that describes a task.
  std::string task_text(std::size_t task, chmr_task_field field) const {
    return try_task_text(task, field).value();
  }
  /// What the values of a task are.
  chmr::task_kind kind(std::size_t task) const { return try_kind(task).value(); }
  /// What the prediction of a task depends on: a sum of `CHMR_READS_...`.
  std::uint32_t reads(std::size_t task) const { return try_reads(task).value(); }
  /// A text on a modality of the library: its name, where its profiles come from, their licence.
  std::string modality_text(std::size_t modality, chmr_modality_field field) const {
    return try_modality_text(modality, field).value();
  }
  /// Predicts a batch; `cancel`, where given, stops it from another thread.
  predictions predict(const batch &batch, const predict_options &options = {},
                      const run *cancel = nullptr) const {
    return try_predict(batch, options, cancel).value();
  }
  /// Adds a library, which the model copies; while no other thread uses the model.
  void add_library(const library &library) { try_add_library(library).value(); }
  /// Fills in a modality, such as "expression", for every molecule of a batch.
  imputation impute(const batch &batch, std::string_view modality, const impute_options &options = {},
                    const run *cancel = nullptr) const {
    return try_impute(batch, modality, options, cancel).value();
  }
  /// The `size` features of a modality whose measurement tells most about the others, the most telling first.
  std::vector<chosen> panel(std::string_view modality, std::size_t size,
                            const run *cancel = nullptr) const {
    return try_panel(modality, size, cancel).value();
  }
  /// The at most `k` molecules of the model's library that are most similar to each of a batch, of a
  /// similarity of at least `threshold`.
  neighbor_list neighbors(const batch &batch, std::size_t k, float threshold = 0,
                          std::size_t threads = 0, const run *cancel = nullptr) const {
    return try_neighbors(batch, k, threshold, threads, cancel).value();
  }
  /// The latents of a batch and their places in the learned hierarchy.
  encoding encode(const batch &batch, std::size_t threads = 0, const run *cancel = nullptr) const {
    return try_encode(batch, threads, cancel).value();
  }
  /// Predicts one molecule on this thread into `values`, which has room for one float a task.
  void predict_smiles(std::string_view smiles, span<float> values,
                      span<const std::size_t> tasks = {}) const {
    try_predict_smiles(smiles, values, tasks).value();
  }
#endif
};

/// Shape descriptors of a batch: a row a molecule or pose, a column a descriptor.
class shape_list : public detail::handle<chmr_shape_list, chmr_shape_list_free> {
 public:
  /// Takes over a C handle.
  explicit shape_list(chmr_shape_list *owned) noexcept : handle(owned) {}

  /// Describes the conformer that each molecule of a batch came with; see chmr_shapes.
  static result<shape_list> try_of(const batch &batch, std::size_t threads = 0,
                                   const run *cancel = nullptr) noexcept {
    return detail::made<shape_list, chmr_shape_list>([&](chmr_shape_list **out, chmr_error *e) {
      return chmr_shapes(batch.get(), threads, cancel ? cancel->get() : nullptr, out, e);
    });
  }
  /// Number of columns.
  static std::size_t column_count() noexcept { return chmr_shape_count(); }
  /// The name of a column.
  static result<std::string> try_name(std::size_t column) {
    return detail::text([&](char *buffer, std::size_t capacity, std::size_t *length, chmr_error *e) {
      return chmr_shape_name(column, buffer, capacity, length, e);
    });
  }
  /// Number of rows: the molecules of the batch, in its order.
  std::size_t row_count() const noexcept { return chmr_shape_list_row_count(get()); }
  /// All values, row-major; a row without a shape is all NaN. Valid as long as this object.
  span<const float> values() const noexcept {
    return {chmr_shape_list_values(get()), row_count() * column_count()};
  }
  /// The values of row `i`, which must be below row_count(): one float a column.
  span<const float> row(std::size_t i) const noexcept {
    return {chmr_shape_list_values(get()) + i * column_count(), column_count()};
  }
  /// What became of row `i`.
  chmr::status status(std::size_t i) const noexcept { return chmr_shape_list_row_status(get(), i); }
  /// Whether row `i` has values.
  bool ok(std::size_t i) const noexcept { return status(i) == CHMR_STATUS_OK; }
  /// Why row `i` has no values; empty for one that has.
  result<std::string> try_reason(std::size_t i) const {
    return detail::text([&](char *buffer, std::size_t capacity, std::size_t *length, chmr_error *e) {
      return chmr_shape_list_row_reason(get(), i, buffer, capacity, length, e);
    });
  }

#if CHMR_HPP_EXCEPTIONS
  /// Describes the conformer that each molecule of a batch came with; see chmr_shapes.
  static shape_list of(const batch &batch, std::size_t threads = 0, const run *cancel = nullptr) {
    return try_of(batch, threads, cancel).value();
  }
  /// The name of a column.
  static std::string name(std::size_t column) { return try_name(column).value(); }
  /// Why row `i` has no values; empty for one that has.
  std::string reason(std::size_t i) const { return try_reason(i).value(); }
#endif
};

/// The fingerprint of one molecule, packed; see chmr_fingerprint.
inline result<std::vector<std::uint8_t>> try_fingerprint(chmr_fingerprint_kind kind,
                                                         std::uint32_t radius, std::size_t bit_count,
                                                         std::string_view smiles) {
  error e;
  // Bounded here too, so that a wrong count is told by the library and not by an allocation.
  std::vector<std::uint8_t> bytes(bit_count <= 65536 ? (bit_count + 7) / 8 : 0);
  if (chmr_fingerprint(kind, radius, bit_count, smiles.data(), smiles.size(), bytes.data(),
                       bytes.size(), nullptr, e.get()) != CHMR_STATUS_OK)
    return e;
  return bytes;
}

#if CHMR_HPP_EXCEPTIONS
/// The fingerprint of one molecule, packed; see chmr_fingerprint.
inline std::vector<std::uint8_t> fingerprint(chmr_fingerprint_kind kind, std::uint32_t radius,
                                             std::size_t bit_count, std::string_view smiles) {
  return try_fingerprint(kind, radius, bit_count, smiles).value();
}
#endif

/// Whether the library that is loaded fits the header that this was compiled with.
inline bool fits() noexcept {
  return chmr_abi_oldest() <= CHMR_ABI_VERSION && CHMR_ABI_VERSION <= chmr_abi_version();
}

/// @cond
}  // namespace CHMR_HPP_VERSION
/// @endcond
}  // namespace chmr

#endif  // CHMR_HPP
