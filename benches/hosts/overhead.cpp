// The same work through chmr.h and through chmr.hpp, in functions whose instructions callgrind counts:
// `cargo xtask overhead`. Argument: the model file.
#include "chmr.hpp"

#include <cstdio>

static constexpr std::string_view molecule = "CC(=O)Oc1ccccc1C(=O)O";
static constexpr std::size_t rows = 256;
static volatile float sink;

extern "C" {

__attribute__((noinline)) void one_by_c(const chmr_model *model, float *values, std::size_t count) {
  chmr_error error;
  if (chmr_predict_smiles(model, molecule.data(), molecule.size(), nullptr, 0, values, count, &error) !=
      CHMR_STATUS_OK)
    std::fprintf(stderr, "%s\n", error.message);
  sink = values[0];
}

__attribute__((noinline)) void one_by_cpp(const chmr::model &model, chmr::span<float> values) {
  model.predict_smiles(molecule, values);
  sink = values[0];
}

__attribute__((noinline)) void batch_by_c(const chmr_model *model) {
  chmr_error error;
  chmr_batch *batch = nullptr;
  chmr_result *result = nullptr;
  chmr_predict_options options = CHMR_PREDICT_OPTIONS_INIT;
  options.threads = 1;
  bool good = chmr_batch_new(&batch, &error) == CHMR_STATUS_OK;
  for (std::size_t i = 0; good && i < rows; ++i)
    good = chmr_batch_add_smiles(batch, molecule.data(), molecule.size(), &error) == CHMR_STATUS_OK;
  if (good && chmr_predict(model, batch, &options, nullptr, &result, &error) == CHMR_STATUS_OK) {
    const float *values = chmr_result_values(result);
    const std::size_t tasks = chmr_result_task_count(result);
    for (std::size_t row = 0; row < chmr_result_row_count(result); ++row) sink = values[row * tasks];
  } else {
    std::fprintf(stderr, "%s\n", error.message);
  }
  chmr_result_free(result);
  chmr_batch_free(batch);
}

__attribute__((noinline)) void batch_by_cpp(const chmr::model &model) {
  chmr::predict_options options;
  options.threads = 1;
  chmr::batch batch;
  for (std::size_t i = 0; i < rows; ++i) batch.add_smiles(molecule);
  const chmr::predictions predictions = model.predict(batch, options);
  const chmr::span<const float> values = predictions.values();
  const std::size_t tasks = predictions.task_count();
  for (std::size_t row = 0; row < predictions.row_count(); ++row) sink = values[row * tasks];
}

}  // extern "C"

int main(int argc, char **argv) try {
  if (argc < 2) return 2;
  const chmr::model model = chmr::model::open(argv[1]);
  std::vector<float> values(model.task_count());
  // The first call of each makes networks ready; callgrind counts from the second on.
  for (int i = 0; i < 21; ++i) {
    one_by_c(model.get(), values.data(), values.size());
    one_by_cpp(model, values);
  }
  for (int i = 0; i < 2; ++i) {
    batch_by_c(model.get());
    batch_by_cpp(model);
  }
} catch (const chmr::exception &e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
