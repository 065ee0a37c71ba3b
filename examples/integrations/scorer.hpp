// Scores molecules from the host's own threads: what the RDKit and the Open Babel example share.
#ifndef SCORER_HPP
#define SCORER_HPP

#include "chmr.hpp"
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <exception>
#include <string>
#include <thread>
#include <vector>

// One molecule, taken out of its toolkit.
struct Molecule {
  std::vector<std::uint8_t> elements;
  std::vector<std::int8_t> charges;
  std::vector<float> positions;
  std::vector<std::uint32_t> bonds;
  std::vector<std::uint8_t> orders;

  chmr::atoms view() const { return {elements, charges, positions, bonds, orders}; }
};

// What becomes of one: values, or the reason why there are none.
struct Score {
  std::vector<float> values;
  std::string reason;
};

// One model, shared; a batch of its own for each thread, which takes the next molecules that nobody has.
inline std::vector<Score> score(const chmr::model &model, const std::vector<Molecule> &molecules,
                                unsigned threads) {
  constexpr std::size_t step = 64;
  std::vector<Score> scores(molecules.size());
  std::vector<std::exception_ptr> failed(threads);
  std::atomic<std::size_t> next{0};
  const auto work = [&](unsigned thread) {
    try {
      chmr::batch batch;
      chmr::predict_options options;
      options.threads = 1;  // The host's threads do the work.
      for (std::size_t from; (from = next.fetch_add(step)) < molecules.size();) {
        const std::size_t count = std::min(step, molecules.size() - from);
        batch.clear();
        for (std::size_t i = 0; i < count; ++i) batch.add_atoms(molecules[from + i].view());
        const chmr::predictions predictions = model.predict(batch, options);
        for (std::size_t i = 0; i < count; ++i) {
          const auto row = predictions.row(i);
          if (predictions.ok(i))
            scores[from + i].values.assign(row.begin(), row.end());
          else
            scores[from + i].reason = predictions.reason(i);
        }
      }
    } catch (...) {
      failed[thread] = std::current_exception();
    }
  };
  std::vector<std::thread> pool;
  for (unsigned i = 0; i < threads; ++i) pool.emplace_back(work, i);
  for (std::thread &thread : pool) thread.join();
  for (const std::exception_ptr &e : failed)
    if (e) std::rethrow_exception(e);
  return scores;
}

// The tasks' names, in the order of the values.
inline std::vector<std::string> task_names(const chmr::model &model) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < model.task_count(); ++i)
    names.push_back(model.task_text(i, CHMR_TASK_FIELD_NAME));
  return names;
}

// The embedded model, or the file that is named.
inline chmr::model open_model(const char *path) {
  return path ? chmr::model::open(path) : chmr::model::open_default();
}

// Digits enough to give the same float back.
inline std::string number(float value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", static_cast<double>(value));
  return text;
}

#endif
