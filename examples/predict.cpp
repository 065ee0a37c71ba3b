#include "chmr.hpp"
#include <cstdio>

int main(int argc, char **argv) try {
  const chmr::model model = chmr::model::open_default();
  chmr::batch batch;
  for (int i = 1; i < argc; ++i) batch.add_smiles(argv[i]);

  const chmr::predictions predictions = model.predict(batch);
  for (std::size_t row = 0; row < predictions.row_count(); ++row) {
    std::printf("%s\t%s", argv[row + 1], chmr_status_text(predictions.status(row)));
    for (float value : predictions.row(row)) std::printf("\t%g", value);
    std::printf("\n");
  }
} catch (const chmr::exception &e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
