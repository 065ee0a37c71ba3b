// The header in C++: enums are typed, handles fit unique_ptr, and nothing throws across.
#include "chmr.h"

#include <cmath>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

static_assert(sizeof(chmr_status) == 4, "a status has 32 bits");
static_assert(sizeof(chmr_task_kind) == 4, "a kind has 32 bits");
static_assert(sizeof(chmr_error) == 4 + CHMR_ERROR_MESSAGE_SIZE, "the layout of errors is fixed");
static_assert(std::is_same<std::underlying_type<chmr_status>::type, std::int32_t>::value, "");

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  const std::string path = argv[1];
  chmr_error error;
  chmr_model *opened = nullptr;
  if (chmr_model_open(path.data(), path.size(), &opened, &error) != CHMR_STATUS_OK) {
    std::fprintf(stderr, "%s\n", error.message);
    return 3;
  }
  std::unique_ptr<chmr_model, decltype(&chmr_model_free)> model(opened, &chmr_model_free);
  const std::size_t tasks = chmr_model_task_count(model.get());
  std::vector<std::thread> threads;
  std::vector<std::vector<float>> values(4, std::vector<float>(tasks));
  for (auto &own : values)
    threads.emplace_back([&] {
      chmr_predict_smiles(model.get(), "CCO", 3, nullptr, 0, own.data(), own.size(), nullptr);
    });
  for (auto &thread : threads) thread.join();
  for (const auto &own : values)
    if (own != values[0] || std::isnan(own[0])) return 4;
  chmr_predict_options options = CHMR_PREDICT_OPTIONS_INIT;
  return options.struct_size == sizeof options ? 0 : 5;
}
