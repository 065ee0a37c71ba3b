/* What the C hosts share: checks that count, and the model that they are given. */
#ifndef HOST_H
#define HOST_H

#include "chmr.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures = 0;
static chmr_error error;

#define CHECK(condition)                                                    \
  do {                                                                      \
    if (!(condition)) {                                                     \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      failures++;                                                           \
    }                                                                       \
  } while (0)

/* Whether a message is for people: no trace of Rust's debug text or of a panic. */
static inline int is_plain(const char *message) {
  static const char *const TRACES[] = {"Some(",  "None)",    "Ok(",  "Err(", "Error {", "Error(", "Kind(",
                                       "unwrap", "panicked", "src/", ".rs:", "::",      "Utf8Error"};
  size_t i;
  for (i = 0; i < sizeof TRACES / sizeof TRACES[0]; i++) {
    if (strstr(message, TRACES[i]) != NULL) return 0;
  }
  return 1;
}

/* The call gives the status, and `error` says the same, with words unless it is OK. */
#define EXPECT(expected, call)                                                            \
  do {                                                                                    \
    chmr_status got_;                                                                     \
    memset(&error, 'x', sizeof error);                                                    \
    got_ = (call);                                                                        \
    if (got_ != (expected)) {                                                             \
      fprintf(stderr, "%s:%d: %s gave %d (%s), not %d: %s\n", __FILE__, __LINE__, #call,  \
              (int)got_, chmr_status_text(got_), (int)(expected), error.message);         \
      failures++;                                                                         \
    } else if (error.status != got_ ||                                                    \
               memchr(error.message, 0, sizeof error.message) == NULL ||                  \
               (got_ == CHMR_STATUS_OK) != (error.message[0] == 0) ||                     \
               !is_plain(error.message)) {                                                \
      fprintf(stderr, "%s:%d: %s: wrong error: %.500s\n", __FILE__, __LINE__, #call, error.message); \
      failures++;                                                                         \
    }                                                                                     \
  } while (0)

#define OK(call) EXPECT(CHMR_STATUS_OK, call)

/* As two arguments: pointer and length. */
#define TEXT(literal) (literal), strlen(literal)

/* The model file named by the first argument, or the embedded model; ends the program if it
 * cannot be opened. */
static inline chmr_model *open_model(int argc, char **argv) {
  chmr_model *model = NULL;
  chmr_status status = argc > 1 ? chmr_model_open(TEXT(argv[1]), &model, &error)
                                : chmr_model_open_default(&model, &error);
  if (status != CHMR_STATUS_OK) {
    fprintf(stderr, "cannot open the model: %s\n", error.message);
    exit(1);
  }
  return model;
}

static inline int finish(void) {
  if (failures > 0) fprintf(stderr, "%d checks failed\n", failures);
  return failures > 0;
}

/* A few molecules, and some that are none. */
static const char *const GOOD[] = {
    "CC(=O)Oc1ccccc1C(=O)O", "CN1C=NC2=C1C(=O)N(C(=O)N2C)C", "c1ccccc1", "CCO",
    "C[C@H](N)C(=O)O",       "[Na+].[Cl-]",                  "O",        "CC(C)Cc1ccc(cc1)C(C)C(=O)O",
};
#define GOOD_COUNT (sizeof GOOD / sizeof GOOD[0])

#endif
