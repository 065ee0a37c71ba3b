// chmr.hpp: handles that move and free themselves, both flavours of failure, views, progress.
// Also built with -fno-exceptions -fno-rtti, where only the try_ functions exist.
#include "chmr.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>
#if __cplusplus >= 202002L
#include <span>
#endif

static int failures = 0;

#define CHECK(condition)                                                              \
  do {                                                                                \
    if (!(condition)) {                                                               \
      std::fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);    \
      ++failures;                                                                     \
    }                                                                                 \
  } while (0)

template <class T>
constexpr bool moves_only = std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T> &&
                            !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T>;

static_assert(moves_only<chmr::shape_list> && moves_only<chmr::fingerprint_table>);
static_assert(moves_only<chmr::library> && moves_only<chmr::imputation> && moves_only<chmr::neighbor_list>);
static_assert(moves_only<chmr::model> && moves_only<chmr::batch> && moves_only<chmr::run> &&
              moves_only<chmr::predictions>);
// No more than the C handle, and no virtual function.
static_assert(sizeof(chmr::model) == sizeof(void *) && sizeof(chmr::predictions) == sizeof(void *));
static_assert(!std::is_polymorphic_v<chmr::model> && !std::is_polymorphic_v<chmr::predictions>);
static_assert(std::is_trivially_copyable_v<chmr::error>);

static const char *const MOLECULES[] = {"CCO", "c1ccccc1", "C(C", "CC(=O)Oc1ccccc1C(=O)O"};

static void views() {
  const std::vector<float> values = {1, 2, 3};
  chmr::span<const float> all = values, none;
  CHECK(all.size() == 3 && all[2] == 3 && all.data() == values.data() && !all.empty());
  CHECK(none.data() == nullptr && none.empty() && none.begin() == none.end());
  CHECK(all.subspan(1, 2)[0] == 2);
  float sum = 0;
  for (float value : all) sum += value;
  CHECK(sum == 6);
  std::array<float, 2> room{};
  chmr::span<float> out = room;
  chmr::span<const float> in = out;
  out[1] = 5;
  CHECK(in[1] == 5);
  static_assert(!std::is_convertible_v<chmr::span<const float>, chmr::span<float>>);
  static_assert(!std::is_convertible_v<std::vector<double> &, chmr::span<const float>>);
#if __cplusplus >= 202002L
  std::span<float> standard = room;
  chmr::span<const float> from = standard;
  CHECK(from.size() == 2);
#endif
}

static chmr::batch filled() {
  auto batch = chmr::batch::try_new();
  CHECK(batch && batch->empty());
  for (const char *smiles : MOLECULES) CHECK(batch->try_add_smiles(smiles));
  CHECK(batch->size() == 4);
  return *std::move(batch);
}

static void predicting(const chmr::model &model) {
  const chmr::batch batch = filled();
  auto made = model.try_predict(batch);
  CHECK(made);
  chmr::predictions predictions = *std::move(made);
  CHECK(predictions.row_count() == 4 && predictions.task_count() == model.task_count());
  CHECK(predictions.values().size() == 4 * model.task_count());
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(predictions.ok(i) == (i != 2));
    CHECK(predictions.try_reason(i)->empty() == (i != 2));
    for (float value : predictions.row(i)) CHECK(std::isnan(value) == (i == 2));
  }
  CHECK(predictions.status(2) == CHMR_STATUS_MOLECULE_SYNTAX);
  CHECK(predictions.status(4) == CHMR_STATUS_OUT_OF_RANGE);
  CHECK(predictions.try_reason(4).error().status() == CHMR_STATUS_OUT_OF_RANGE);
  CHECK(predictions.try_model_text(CHMR_MODEL_FIELD_NAME).value_or("") == "test");

  // One molecule at a time, and a choice of tasks, give the same bits.
  std::vector<float> one(model.task_count());
  CHECK(model.try_predict_smiles(MOLECULES[0], one));
  CHECK(std::memcmp(one.data(), predictions.row(0).data(), one.size() * sizeof(float)) == 0);
  const std::size_t wanted[] = {3, 1};
  chmr::predict_options options;
  options.tasks = wanted;
  options.threads = 1;
  auto some = model.try_predict(batch, options);
  CHECK(some && some->task_count() == 2 && *some->try_task(0) == 3);
  CHECK(some->row(3)[1] == predictions.row(3)[1]);

  // Moved from, a handle is empty; what it was given goes on.
  chmr::predictions moved = std::move(predictions);
  CHECK(predictions.get() == nullptr && predictions.row_count() == 0);
  CHECK(moved.row_count() == 4);
}

static void watching(const chmr::model &model) {
  const chmr::batch batch = filled();
  std::size_t last = 0;
  auto watch = [&](std::size_t done, std::size_t total) noexcept {
    last = done;
    return done <= total;
  };
  chmr::predict_options options;
  options.progress = watch;
  CHECK(model.try_predict(batch, options));
  CHECK(last == batch.size());
  const auto stop = [](std::size_t, std::size_t) noexcept { return false; };
  options.progress = stop;
  CHECK(model.try_predict(batch, options).error().status() == CHMR_STATUS_CANCELLED);
  auto run = chmr::run::try_new();
  CHECK(run && !run->is_cancelled());
  run->cancel();
  CHECK(run->is_cancelled());
  CHECK(model.try_predict(batch, {}, &*run).error().status() == CHMR_STATUS_CANCELLED);
}

static void poses(const chmr::model &model) {
  const std::vector<std::uint8_t> elements = {6, 6, 8}, orders(2, CHMR_BOND_ORDER_SINGLE);
  const std::vector<std::uint32_t> bonds = {0, 1, 1, 2};
  const std::vector<float> few(8);
  auto batch = chmr::batch::try_new();
  chmr::atoms ethanol;
  ethanol.elements = elements;
  ethanol.bonds = bonds;
  ethanol.orders = orders;
  CHECK(batch->try_add_atoms(ethanol));
  ethanol.positions = few;
  CHECK(batch->try_add_atoms(ethanol).error().status() == CHMR_STATUS_INVALID_ARGUMENT);
  CHECK(*batch->try_add_pdbqt("MODEL 1\nENDMDL\nMODEL 2\nENDMDL\n", "CCO") == 2);
  CHECK(!batch->try_add_pdbqt("", "C("));
  CHECK(batch->try_add_smiles("CCO"));
  auto predictions = model.try_predict(*batch);
  CHECK(predictions && predictions->row_count() == 4);
  CHECK(predictions->row(0)[0] == predictions->row(3)[0]);
  CHECK(predictions->status(1) == CHMR_STATUS_MOLECULE_EMPTY);

  CHECK(batch->try_clear());
  const std::vector<float> positions = {0, 0, 0, 1.5f, 0, 0, 2.1f, 1.3f, 0.1f};
  ethanol.positions = positions;
  CHECK(batch->try_add_atoms(ethanol) && batch->try_add_smiles("CCO"));
  auto shapes = chmr::shape_list::try_of(*batch, 1);
  CHECK(shapes && shapes->row_count() == 2 && shapes->values().size() == 2 * chmr::shape_list::column_count());
  CHECK(shapes->ok(0) && shapes->row(0)[0] > 0.5f && *chmr::shape_list::try_name(0) == "usrcat_all_centroid_mean");
  CHECK(shapes->status(1) == CHMR_STATUS_MOLECULE_INPUT && std::isnan(shapes->row(1)[0]));
  CHECK(!shapes->try_reason(1)->empty() && shapes->try_reason(0)->empty());
  CHECK(*model.try_reads(0) == CHMR_READS_STRUCTURE);
  CHECK(model.try_reads(99).error().status() == CHMR_STATUS_OUT_OF_RANGE);
#if CHMR_HPP_EXCEPTIONS
  CHECK(chmr::shape_list::of(*batch).reason(0).empty() && !chmr::shape_list::name(1).empty());
  CHECK(model.reads(1) == CHMR_READS_STRUCTURE);
#endif
}

// `model` gets a library of its own.
static void imputing(chmr::model &model, const char *program) {
  auto molecules = chmr::batch::try_new();
  for (const char *smiles : {"CCO", "CCCO", "c1ccccc1"}) CHECK(molecules->try_add_smiles(smiles));
  const std::vector<float> values = {1, 2, 3, 4, 5, 6};
  chmr::profiles profiles;
  profiles.ids = "a\nb\nc";
  profiles.modality = "expression";
  profiles.features = "x\ny";
  profiles.values = values;
  auto library = chmr::library::try_build(*molecules, profiles);
  CHECK(library && library->size() == 3);
  CHECK(!model.try_neighbors(*molecules, 1));
  CHECK(model.try_add_library(*library));
  CHECK(model.modality_count() == 1);
  CHECK(*model.try_modality_text(0, CHMR_MODALITY_FIELD_NAME) == "expression");

  const chmr::batch batch = filled();
  auto imputed = model.try_impute(batch, "expression");
  CHECK(imputed && imputed->row_count() == 4 && imputed->feature_count() == 2);
  CHECK(imputed->values().size() == 8 && imputed->spread().size() == 8 && imputed->ok(0));
  CHECK(imputed->status(2) == CHMR_STATUS_MOLECULE_SYNTAX && !imputed->try_reason(2)->empty());
  CHECK(*imputed->try_feature_text(1, CHMR_FEATURE_FIELD_NAME) == "y");
  CHECK(imputed->try_support(0)->nearest == 1 && imputed->try_source(0, 0)->id == "a");
  CHECK(imputed->try_source(0, 99).error().status() == CHMR_STATUS_OUT_OF_RANGE);
  CHECK(*imputed->try_model_text(CHMR_MODEL_FIELD_NAME) == "test");
  std::vector<float> measured(8, std::nanf(""));
  measured[1] = 42;
  chmr::impute_options options;
  options.observed = measured;
  CHECK(model.try_impute(batch, "expression", options)->values()[1] == 42);
  auto partial = model.try_impute(batch, "expression", options);
  CHECK(*partial->try_observed_count(0) == 1 && *partial->try_observed_count(1) == 0);
  CHECK(*partial->try_interval(0, 0.8f) > 0 && !partial->try_interval(0, 0.1f));
  auto panel = model.try_panel("expression", 2);
  CHECK(panel && panel->size() == 2 && (*panel)[0].feature < 2);
  CHECK(model.try_panel("expression", 3).error().status() == CHMR_STATUS_INVALID_ARGUMENT);
  CHECK(model.try_impute(batch, "none").error().status() == CHMR_STATUS_NOT_FOUND);

  auto neighbors = model.try_neighbors(batch, 2);
  CHECK(neighbors && neighbors->row_count() == 4 && neighbors->size(0) == 2 && !neighbors->ok(2));
  CHECK(neighbors->try_neighbor(0, 0)->id == "a" && neighbors->try_neighbor(0, 0)->similarity == 1);
  CHECK(!neighbors->try_neighbor(0, 2));

  const std::string path = std::string(program) + ".fps";
  CHECK(chmr::fingerprint_table::try_write(*molecules, "a\nb\nc", path));
  {
    const auto table = chmr::fingerprint_table::try_open(path);
    CHECK(table && table->size() == 3 && table->bits() == 1024);
    const auto found = table->try_neighbors(batch, 2);
    CHECK(found && found->row_count() == 4 && found->try_neighbor(0, 0)->id == "a" && !found->ok(2));
  }
  std::remove(path.c_str());
  CHECK(!chmr::fingerprint_table::try_open(path));
}

static void trusting(const char *path) {
  auto model = chmr::model::try_open(path);
  CHECK(model);
  if (!model) return;
  const chmr::batch batch = filled();
  chmr::predict_options options;
  options.trust = true;
  const auto predicted = model->try_predict(batch, options);
  CHECK(predicted && predicted->coverage_count() == 3 && *predicted->try_coverage(1) == 0.9f);
  const auto interval = predicted->try_interval(0, 3, 1);
  CHECK(interval && interval->lower < interval->upper);
  const auto domain = predicted->try_domain(0, 3);
  CHECK(domain && domain->nearest > 0 && (predicted->try_domain_reason(0, 3)->empty() == (domain->inside == 1)));
  CHECK(predicted->try_domain(2, 3).error().status() == CHMR_STATUS_NOT_FOUND);
  CHECK(model->try_predict(batch)->coverage_count() == 0);
  CHECK(predicted->modality_count() == 1 && *predicted->try_modality_name(0) == "structure");
  CHECK(*predicted->try_provision(0, 0) == CHMR_PROVISION_OBSERVED);
  CHECK(*predicted->try_provision(2, 0) == CHMR_PROVISION_ABSENT);

  const auto encoded = model->try_encode(batch);
  CHECK(encoded && encoded->row_count() == 4 && encoded->modality_count() == 1);
  CHECK(encoded->width() == 12 && encoded->depth() == 3 && encoded->latents(0).size() == 48);
  CHECK(encoded->latents(1).size() == 0 && *encoded->try_modality_name(0) == "latent");
  CHECK(encoded->ok(0) && !encoded->ok(2) && !encoded->try_reason(2)->empty());
  const auto code = encoded->try_code(0, 0);
  CHECK(code && code->nodes.size() == 3 && code->cosines[0] != 0 && !encoded->try_code(2, 0));
  CHECK(*chmr::try_common_depth(*code, *code) == 3);
  CHECK(encoded->try_model_text(CHMR_MODEL_FIELD_SHA256)->size() == 64);
}

static void failing(const chmr::model &model) {
  auto none = chmr::model::try_open("/nowhere/at all.chmr");
  CHECK(!none && none.error().status() == CHMR_STATUS_MODEL_IO && !none.error().message().empty());
  CHECK(!chmr::model::try_open_memory({}));
  CHECK(model.try_find_task("none").error().status() == CHMR_STATUS_NOT_FOUND);
  std::vector<float> little(model.task_count() - 1);
  CHECK(model.try_predict_smiles("C", little).error().status() == CHMR_STATUS_BUFFER_TOO_SMALL);
  CHECK(!chmr::try_fingerprint(CHMR_FINGERPRINT_KIND_MORGAN, 2, std::size_t(-1), "C"));
  const auto keys = chmr::try_fingerprint(CHMR_FINGERPRINT_KIND_MACCS, 0, 167, "CCO");
  CHECK(keys && keys->size() == 21);
#if CHMR_HPP_EXCEPTIONS
  bool thrown = false;
  try {
    chmr::model::open("/nowhere/at all.chmr");
  } catch (const chmr::exception &e) {
    thrown = e.status() == CHMR_STATUS_MODEL_IO && std::strlen(e.what()) > 0;
  }
  CHECK(thrown);
  chmr::batch batch;
  batch.add_smiles("CCO");
  batch.add_molblock("no molblock");
  const std::size_t first = batch.size();
  CHECK(batch.add_sdf("nothing\n$$$$\nmore\n\n\n\nM  END\n> <a>\n1\n2\n\n$$$$\n") == 2);
  CHECK(batch.title(first) == "nothing" && batch.field_count(first) == 0);
  CHECK(batch.title(first + 1) == "more" && batch.field_count(first + 1) == 1);
  CHECK(batch.field_name(first + 1, 0) == "a" && batch.field_value(first + 1, 0) == "1\n2");
  CHECK(batch.try_field_name(first + 1, 1).error().status() == CHMR_STATUS_OUT_OF_RANGE);
  const chmr::predictions predictions = model.predict(batch);
  CHECK(predictions.ok(0) && !predictions.ok(1) && !predictions.reason(3).empty());
  CHECK(predictions.task(1) == 1);
  batch.clear();
  CHECK(batch.empty());
  CHECK(chmr::fingerprint(CHMR_FINGERPRINT_KIND_MACCS, 0, 167, "CCO") == *keys);
#endif
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  CHECK(chmr::fits());
  auto opened = chmr::model::try_open(argv[1]);
  if (!opened) {
    std::fprintf(stderr, "%s\n", opened.error().c_str());
    return 1;
  }
  chmr::model model = *std::move(opened);
  CHECK(*model.try_text(CHMR_MODEL_FIELD_NAME) == "test");
  CHECK(*model.try_find_task(*model.try_task_text(4, CHMR_TASK_FIELD_NAME)) == 4);
  CHECK(*model.try_kind(4) == CHMR_TASK_KIND_REGRESSION);
  views();
  predicting(model);
  watching(model);
  poses(model);
  failing(model);
  imputing(model, argv[0]);
  if (argc > 3) trusting(argv[3]);
  return failures > 0;
}
