// A batch: predicts every task for the SMILES on the command line, bad ones included.
#include "chmr.h"

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

// Handles that free themselves.
struct Free {
  void operator()(chmr_model *model) const { chmr_model_free(model); }
  void operator()(chmr_batch *batch) const { chmr_batch_free(batch); }
  void operator()(chmr_result *result) const { chmr_result_free(result); }
};
template <class T> using Owned = std::unique_ptr<T, Free>;

chmr_error error;

void check(chmr_status status) {
  if (status != CHMR_STATUS_OK) throw std::runtime_error(error.message);
}

template <class T, class... Args> Owned<T> make(chmr_status (*f)(Args..., T **, chmr_error *), Args... args) {
  T *handle = nullptr;
  check(f(args..., &handle, &error));
  return Owned<T>(handle);
}

std::string task_name(const chmr_model *model, std::size_t task) {
  std::size_t length = 0;
  check(chmr_model_task_text(model, task, CHMR_TASK_FIELD_NAME, nullptr, 0, &length, &error));
  std::string name(length + 1, '\0');
  check(chmr_model_task_text(model, task, CHMR_TASK_FIELD_NAME, name.data(), name.size(), nullptr, &error));
  name.resize(length);
  return name;
}

}  // namespace

int main(int argc, char **argv) try {
  auto model = make<chmr_model>(chmr_model_open_default);
  auto batch = make<chmr_batch>(chmr_batch_new);
  for (int i = 1; i < argc; ++i) {
    std::string_view smiles = argv[i];
    check(chmr_batch_add_smiles(batch.get(), smiles.data(), smiles.size(), &error));
  }
  chmr_result *predicted = nullptr;
  check(chmr_predict(model.get(), batch.get(), nullptr, nullptr, &predicted, &error));
  Owned<chmr_result> result(predicted);

  const std::size_t tasks = chmr_result_task_count(result.get());
  const float *values = chmr_result_values(result.get());
  for (std::size_t row = 0; row < chmr_result_row_count(result.get()); ++row) {
    const chmr_status status = chmr_result_row_status(result.get(), row);
    std::printf("%s: %s\n", argv[row + 1], chmr_status_text(status));
    if (status != CHMR_STATUS_OK) continue;
    for (std::size_t task = 0; task < tasks; ++task)
      std::printf("  %-40s %8.3f\n", task_name(model.get(), task).c_str(), values[row * tasks + task]);
  }
  return 0;
} catch (const std::exception &e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
