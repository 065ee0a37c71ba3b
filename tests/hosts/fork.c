/* A process that has opened a model and predicted with it forks: parent and child go on using it. */
#define _POSIX_C_SOURCE 200809L
#include "host.h"

#include <sys/wait.h>
#include <unistd.h>

enum { ROWS = 40, TASKS = 5 };

static void predict(const chmr_model *model, float *values) {
  chmr_batch *batch = NULL;
  chmr_result *result = NULL;
  size_t i;
  OK(chmr_batch_new(&batch, &error));
  for (i = 0; i < ROWS; i++) OK(chmr_batch_add_smiles(batch, TEXT(GOOD[i % GOOD_COUNT]), &error));
  OK(chmr_predict(model, batch, NULL, NULL, &result, &error));
  OK(chmr_result_copy_values(result, values, ROWS * TASKS, &error));
  chmr_result_free(result);
  chmr_batch_free(batch);
}

int main(int argc, char **argv) {
  static float before[ROWS * TASKS], after[ROWS * TASKS];
  chmr_model *model = open_model(argc, argv), *again;
  pid_t children[3];
  size_t i;
  CHECK(chmr_model_task_count(model) == TASKS);
  predict(model, before);
  for (i = 0; i < 3; i++) {
    children[i] = fork();
    if (children[i] < 0) return 1;
    if (children[i] == 0) {
      /* The threads of earlier predictions are gone, and are not missed. */
      predict(model, after);
      CHECK(memcmp(before, after, sizeof after) == 0);
      again = open_model(argc, argv);
      predict(again, after);
      CHECK(memcmp(before, after, sizeof after) == 0);
      chmr_model_free(again);
      chmr_model_free(model);
      return finish();
    }
  }
  predict(model, after);
  CHECK(memcmp(before, after, sizeof after) == 0);
  for (i = 0; i < 3; i++) {
    int status = 1;
    CHECK(waitpid(children[i], &status, 0) == children[i]);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  chmr_model_free(model);
  return finish();
}
