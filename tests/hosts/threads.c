/* Eight threads on one model and one batch: every value bit-identical to one thread's, whatever
 * the number of threads of each run and the size of its batch. */
#define _POSIX_C_SOURCE 200809L
#include "host.h"

#include <pthread.h>

enum { THREADS = 8, ROWS = 150, TASKS = 5 };

static const chmr_model *model;
static const chmr_batch *batch;
static float expected[ROWS][TASKS];
static size_t loops = 3;

static void *work(void *argument) {
  size_t number = *(const size_t *)argument;
  size_t wrong = 0, loop, row;
  for (loop = 0; loop < loops; loop++) {
    chmr_predict_options options = CHMR_PREDICT_OPTIONS_INIT;
    chmr_result *result = NULL;
    chmr_batch *own = NULL;
    float values[TASKS];
    options.threads = number % 4;
    if (chmr_predict(model, batch, &options, NULL, &result, NULL) != CHMR_STATUS_OK) return "predict";
    wrong += memcmp(chmr_result_values(result), expected, sizeof expected) != 0;
    chmr_result_free(result);
    /* A batch of its own, of another size. */
    if (chmr_batch_new(&own, NULL) != CHMR_STATUS_OK) return "batch";
    for (row = 0; row < 1 + 7 * number; row++)
      if (chmr_batch_add_smiles(own, TEXT(GOOD[row % GOOD_COUNT]), NULL) != CHMR_STATUS_OK) return "add";
    if (chmr_predict(model, own, &options, NULL, &result, NULL) != CHMR_STATUS_OK) return "predict";
    wrong += memcmp(chmr_result_values(result), expected, row * sizeof *expected) != 0;
    chmr_result_free(result);
    chmr_batch_free(own);
    for (row = 0; row < GOOD_COUNT; row++) {
      if (chmr_predict_smiles(model, TEXT(GOOD[row]), NULL, 0, values, TASKS, NULL) != CHMR_STATUS_OK)
        return "predict_smiles";
      wrong += memcmp(values, expected[row], sizeof values) != 0;
    }
  }
  return wrong > 0 ? "values differ" : NULL;
}

int main(int argc, char **argv) {
  chmr_model *opened = open_model(argc, argv);
  chmr_predict_options options = CHMR_PREDICT_OPTIONS_INIT;
  chmr_batch *filled = NULL;
  chmr_result *result = NULL;
  pthread_t threads[THREADS];
  size_t numbers[THREADS];
  size_t i;
  CHECK(chmr_model_task_count(opened) == TASKS);
  OK(chmr_batch_new(&filled, &error));
  for (i = 0; i < ROWS; i++) OK(chmr_batch_add_smiles(filled, TEXT(GOOD[i % GOOD_COUNT]), &error));
  options.threads = 1;
  OK(chmr_predict(opened, filled, &options, NULL, &result, &error));
  OK(chmr_result_copy_values(result, &expected[0][0], ROWS * TASKS, &error));
  chmr_result_free(result);
  if (argc > 3) loops = (size_t)atol(argv[3]);
  model = opened;
  batch = filled;
  for (i = 0; i < THREADS; i++) {
    numbers[i] = i;
    if (pthread_create(&threads[i], NULL, work, &numbers[i]) != 0) return 1;
  }
  for (i = 0; i < THREADS; i++) {
    void *why = NULL;
    pthread_join(threads[i], &why);
    if (why != NULL) fprintf(stderr, "thread %d: %s\n", (int)i, (const char *)why);
    CHECK(why == NULL);
  }
  chmr_batch_free(filled);
  chmr_model_free(opened);
  return finish();
}
