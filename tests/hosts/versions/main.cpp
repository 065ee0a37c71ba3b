// Two parts of one program that were compiled with different versions of the headers: both work,
// and neither gets the other's inline functions.
#include <cmath>
#include <cstddef>
#include <cstdio>

extern "C" {
std::size_t options_size_current();
std::size_t options_size_newer();
float predict_current(const char *path, const char *smiles);
float predict_newer(const char *path, const char *smiles);
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  if (options_size_newer() != options_size_current() + sizeof(void *)) return 3;
  const float current = predict_current(argv[1], "CCO"), newer = predict_newer(argv[1], "CCO");
  std::printf("%g %g\n", static_cast<double>(current), static_cast<double>(newer));
  return std::isnan(current) || current != newer;
}
