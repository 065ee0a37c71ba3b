// One part of a program, compiled with one version of the headers: PART names it.
#include "chmr.hpp"

#include <cmath>

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)

// The size of the options struct as this part knows it.
extern "C" std::size_t JOIN(options_size_, PART)() { return sizeof(chmr_predict_options); }

// The first value of a molecule, or NaN.
extern "C" float JOIN(predict_, PART)(const char *path, const char *smiles) {
  auto model = chmr::model::try_open(path);
  auto batch = chmr::batch::try_new();
  if (!model || !batch || !batch->try_add_smiles(smiles)) return std::nanf("");
  auto predictions = model->try_predict(*batch);
  return predictions ? predictions->row(0)[0] : std::nanf("");
}
