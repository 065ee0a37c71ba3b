/* Many predictions of one molecule: the same answer every time, and no growth of memory.
 * Arguments: the model file, or "default" for the embedded model; the number of calls. */
#include "host.h"

#include <unistd.h>

/* Resident memory in KiB; 0 where the system does not tell. */
static long resident(void) {
  long pages = 0, total;
  FILE *file = fopen("/proc/self/statm", "r");
  if (file == NULL) return 0;
  if (fscanf(file, "%ld %ld", &total, &pages) != 2) pages = 0;
  fclose(file);
  return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* One molecule by the short way, and every 16th time by way of a batch and a bad row. */
static void once(const chmr_model *model, size_t i, const float *first, float *values, size_t tasks) {
  CHECK(chmr_predict_smiles(model, TEXT(GOOD[0]), NULL, 0, values, tasks, &error) == CHMR_STATUS_OK);
  CHECK(memcmp(first, values, tasks * sizeof *values) == 0);
  if (i % 16 == 0) {
    chmr_batch *batch = NULL;
    chmr_result *result = NULL;
    char reason[300];
    CHECK(chmr_batch_new(&batch, &error) == CHMR_STATUS_OK);
    CHECK(chmr_batch_add_smiles(batch, TEXT("c1ccccc"), &error) == CHMR_STATUS_OK);
    CHECK(chmr_batch_add_smiles(batch, TEXT(GOOD[0]), &error) == CHMR_STATUS_OK);
    CHECK(chmr_predict(model, batch, NULL, NULL, &result, &error) == CHMR_STATUS_OK);
    CHECK(memcmp(first, chmr_result_values(result) + tasks, tasks * sizeof *values) == 0);
    CHECK(chmr_result_row_reason(result, 0, reason, sizeof reason, NULL, &error) == CHMR_STATUS_OK);
    chmr_result_free(result);
    chmr_batch_free(batch);
  }
}

int main(int argc, char **argv) {
  size_t calls = argc > 2 ? (size_t)atol(argv[2]) : 1000, warm = calls / 10, i, tasks;
  chmr_model *model = open_model(argc > 1 && strcmp(argv[1], "default") != 0 ? 2 : 1, argv);
  long before = 0, after;
  float *first, *values;
  tasks = chmr_model_task_count(model);
  first = malloc(tasks * sizeof *first);
  values = malloc(tasks * sizeof *values);
  if (first == NULL || values == NULL) return 1;
  OK(chmr_predict_smiles(model, TEXT(GOOD[0]), NULL, 0, first, tasks, &error));
  for (i = 0; i < calls && failures == 0; i++) {
    if (i == warm) before = resident();
    once(model, i, first, values, tasks);
  }
  after = resident();
  printf("%lu calls: %ld KiB after the first tenth, %ld KiB at the end\n", (unsigned long)calls, before, after);
  /* A leak of 4 bytes a call would show over a million calls; 2 MiB is what allocators drift. */
  if (calls >= 100000) CHECK(after <= before + 2048);
  free(first);
  free(values);
  chmr_model_free(model);
  return finish();
}
