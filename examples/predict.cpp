#include "chmr.h"
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string_view>

static chmr_error error;

static void check(chmr_status status) {
  if (status != CHMR_STATUS_OK) throw std::runtime_error(error.message);
}

int main(int argc, char **argv) try {
  chmr_model *opened = nullptr;
  check(chmr_model_open_default(&opened, &error));
  std::unique_ptr<chmr_model, decltype(&chmr_model_free)> model(opened, chmr_model_free);

  chmr_batch *filled = nullptr;
  check(chmr_batch_new(&filled, &error));
  std::unique_ptr<chmr_batch, decltype(&chmr_batch_free)> batch(filled, chmr_batch_free);
  for (int i = 1; i < argc; ++i) {
    const std::string_view smiles = argv[i];
    check(chmr_batch_add_smiles(batch.get(), smiles.data(), smiles.size(), &error));
  }

  chmr_result *predicted = nullptr;
  check(chmr_predict(model.get(), batch.get(), nullptr, nullptr, &predicted, &error));
  std::unique_ptr<chmr_result, decltype(&chmr_result_free)> result(predicted, chmr_result_free);

  const float *values = chmr_result_values(result.get());
  const std::size_t tasks = chmr_result_task_count(result.get());
  for (std::size_t row = 0; row < chmr_result_row_count(result.get()); ++row) {
    std::printf("%s\t%s", argv[row + 1], chmr_status_text(chmr_result_row_status(result.get(), row)));
    for (std::size_t task = 0; task < tasks; ++task) std::printf("\t%g", values[row * tasks + task]);
    std::printf("\n");
  }
} catch (const std::exception &e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
