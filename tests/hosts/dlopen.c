/* The library is loaded, used and unloaded again, as plug-in hosts do.
 * Arguments: the model file; the shared library. */
#define _POSIX_C_SOURCE 200809L
#include "chmr.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

/* ISO C has no conversion from void * to a function: POSIX promises that the bytes are the same. */
#define LOAD(name)                            \
  do {                                        \
    void *symbol = dlsym(library, "chmr_" #name); \
    if (symbol == NULL) return 3;             \
    memcpy(&name, &symbol, sizeof name);      \
  } while (0)

static int once(const char *model_path, const char *path) {
  const char *(*version)(void);
  chmr_status (*model_open)(const char *, size_t, chmr_model **, chmr_error *);
  chmr_status (*predict_smiles)(const chmr_model *, const char *, size_t, const size_t *, size_t,
                                float *, size_t, chmr_error *);
  void (*model_free)(chmr_model *);
  chmr_model *model = NULL;
  chmr_error error;
  float values[5];
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    return 2;
  }
  LOAD(version);
  LOAD(model_open);
  LOAD(predict_smiles);
  LOAD(model_free);
  if (strcmp(version(), CHMR_VERSION) != 0) return 4;
  if (model_open(model_path, strlen(model_path), &model, &error) != CHMR_STATUS_OK ||
      predict_smiles(model, "CCO", 3, NULL, 0, values, 5, &error) != CHMR_STATUS_OK) {
    fprintf(stderr, "%s\n", error.message);
    return 5;
  }
  model_free(model);
  return dlclose(library) == 0 ? 0 : 6;
}

int main(int argc, char **argv) {
  int i;
  if (argc < 3) return 1;
  for (i = 0; i < 5; i++) {
    int status = once(argv[1], argv[2]);
    if (status != 0) return status;
  }
  return 0;
}
