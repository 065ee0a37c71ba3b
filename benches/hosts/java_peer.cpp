// What bindings/bench does through JNI, by chmr.h: `cargo xtask java-overhead`. Arguments: batch or one, the
// model file, a file of SMILES, seconds. Prints nanoseconds of processor time a call.
#include "chmr.hpp"

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>

static volatile float sink;

static double processor_seconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

static void batch(const chmr::model &model, const std::vector<std::string> &smiles) {
  chmr::predict_options options;
  options.threads = 1;
  chmr::batch rows;
  for (const std::string &s : smiles) rows.add_smiles(s);
  const chmr::predictions predictions = model.predict(rows, options);
  sink = predictions.values()[0];
}

int main(int argc, char **argv) try {
  if (argc < 5) return 2;
  const chmr::model model = chmr::model::open(argv[2]);
  std::vector<std::string> smiles;
  std::ifstream file(argv[3]);
  for (std::string line; std::getline(file, line);) smiles.push_back(line);
  const bool batched = std::string(argv[1]) == "batch";
  std::size_t next = 0;
  const auto call = [&] {
    if (batched) return batch(model, smiles);
    // Room for the values is made anew, as Java does.
    std::vector<float> values(model.task_count());
    next = (next + 1) % smiles.size();
    model.predict_smiles(smiles[next], values);
    sink = values[0];
  };
  const double seconds = std::atof(argv[4]);
  double start = processor_seconds();
  while (processor_seconds() - start < seconds / 4) call();
  long calls = 0;
  start = processor_seconds();
  for (; processor_seconds() - start < seconds; ++calls) call();
  std::printf("%.1f\n", 1e9 * (processor_seconds() - start) / static_cast<double>(calls));
} catch (const chmr::exception &e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
