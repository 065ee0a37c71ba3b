// How scoring scales from one thread to two: through the host's own threads, each with its batches,
// and through the library's. Wall time tells of an idle machine; the processor time that the same work
// takes also of a busy one: what it grows by is lost to contention. Run by `cargo xtask overhead`.
// Argument: the model file, or "default".
#include "chmr.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <thread>

static const char *const molecules[] = {
    "CC(=O)Oc1ccccc1C(=O)O", "CN1C(=O)CN=C(c2ccccc2)c2cc(Cl)ccc21", "CN1CCC[C@H]1c1cccnc1",
    "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1"};
static constexpr std::size_t rows = 512;

static chmr::batch filled(std::size_t count) {
  chmr::batch batch;
  for (std::size_t i = 0; i < count; ++i) batch.add_smiles(molecules[i % 4]);
  return batch;
}

static void through_host(const chmr::model &model, std::size_t threads) {
  std::vector<std::thread> pool;
  for (std::size_t t = 0; t < threads; ++t)
    pool.emplace_back([&] {
      chmr::predict_options options;
      options.threads = 1;
      const chmr::batch batch = filled(128);
      for (std::size_t done = 0; done < rows / threads; done += 128) model.predict(batch, options);
    });
  for (std::thread &thread : pool) thread.join();
}

static void through_library(const chmr::model &model, std::size_t threads) {
  chmr::predict_options options;
  options.threads = threads;
  model.predict(filled(rows), options);
}

static double processor_time() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

template <class F>
static void measure(const char *name, const chmr::model &model, F run) {
  double wall[3] = {1e9, 1e9, 1e9}, processor[3] = {1e9, 1e9, 1e9};
  for (int round = 0; round < 4; ++round)
    for (std::size_t threads : {std::size_t{1}, std::size_t{2}}) {
      const double before = processor_time();
      const auto start = std::chrono::steady_clock::now();
      run(model, threads);
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
      wall[threads] = std::min(wall[threads], took.count());
      processor[threads] = std::min(processor[threads], processor_time() - before);
    }
  std::printf("%s: %.0f molecules/s on one thread; two threads are %.2f times as fast and take %.3f times "
              "the processor time\n",
              name, static_cast<double>(rows) / wall[1], wall[1] / wall[2], processor[2] / processor[1]);
}

int main(int argc, char **argv) try {
  const std::string_view path = argc > 1 ? argv[1] : "default";
  const chmr::model model = path == "default" ? chmr::model::open_default() : chmr::model::open(path);
  through_library(model, 2);  // Makes the networks ready.
  measure("host's threads", model, through_host);
  measure("library's threads", model, through_library);
} catch (const chmr::exception &e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
