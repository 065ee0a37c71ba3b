/* Options: subsets of tasks, threads, progress, and structs of other versions. */
#include "host.h"

static struct {
  size_t calls, done, total, stop_at;
  int wrong;
} seen;

static int32_t progress(size_t done, size_t total, void *user_data) {
  seen.calls++;
  if (user_data != &seen || done < seen.done || done > total || (seen.total != 0 && total != seen.total))
    seen.wrong++;
  seen.done = done;
  seen.total = total;
  return done >= seen.stop_at ? CHMR_CANCEL : CHMR_CONTINUE;
}

static chmr_batch *fill(size_t rows) {
  chmr_batch *batch = NULL;
  size_t i;
  OK(chmr_batch_new(&batch, &error));
  for (i = 0; i < rows; i++) OK(chmr_batch_add_smiles(batch, TEXT(GOOD[i % GOOD_COUNT]), &error));
  return batch;
}

static void subsets(const chmr_model *model) {
  const size_t tasks[] = {4, 1, 3};
  chmr_batch *batch = fill(GOOD_COUNT);
  chmr_predict_options options = CHMR_PREDICT_OPTIONS_INIT;
  chmr_result *all = NULL, *some = NULL;
  size_t row, column, task;
  float one[4] = {7, 7, 7, 7};
  OK(chmr_predict(model, batch, &options, NULL, &all, &error));
  options.tasks = tasks;
  options.task_count = 3;
  options.threads = 2;
  OK(chmr_predict(model, batch, &options, NULL, &some, &error));
  CHECK(chmr_result_task_count(some) == 3);
  for (row = 0; row < GOOD_COUNT; row++) {
    OK(chmr_predict_smiles(model, TEXT(GOOD[row]), tasks, 3, one, 4, &error));
    CHECK(one[3] == 7);
    for (column = 0; column < 3; column++) {
      const float *value = &chmr_result_values(some)[row * 3 + column];
      OK(chmr_result_task(some, column, &task, &error));
      CHECK(task == tasks[column]);
      CHECK(memcmp(value, &chmr_result_values(all)[row * 5 + task], sizeof *value) == 0);
      CHECK(memcmp(value, &one[column], sizeof *value) == 0);
    }
  }
  options.task_count = 0; /* an empty selection is not "all" */
  EXPECT(CHMR_STATUS_INVALID_ARGUMENT, chmr_predict(model, batch, &options, NULL, &some, &error));
  chmr_result_free(all);
  chmr_result_free(some);
  chmr_batch_free(batch);
}

static void told(const chmr_model *model, size_t rows) {
  chmr_batch *batch = fill(rows);
  chmr_predict_options options = CHMR_PREDICT_OPTIONS_INIT;
  chmr_result *result = NULL;
  chmr_run *run = NULL;
  memset(&seen, 0, sizeof seen);
  seen.stop_at = (size_t)-1;
  options.progress = progress;
  options.user_data = &seen;
  OK(chmr_predict(model, batch, &options, NULL, &result, &error));
  CHECK(seen.calls > 0 && seen.wrong == 0 && seen.done == rows && seen.total == rows);
  chmr_result_free(result);

  result = NULL;
  memset(&seen, 0, sizeof seen);
  OK(chmr_run_new(&run, &error));
  options.threads = 1;
  EXPECT(CHMR_STATUS_CANCELLED, chmr_predict(model, batch, &options, run, &result, &error));
  CHECK(result == NULL && seen.calls == 1 && seen.done < rows);
  CHECK(chmr_run_is_cancelled(run) == 1);
  chmr_run_free(run);
  chmr_batch_free(batch);
}

static void versions(const chmr_model *model) {
  struct {
    chmr_predict_options known;
    size_t later;
  } options = {CHMR_PREDICT_OPTIONS_INIT, 0};
  chmr_batch *batch = fill(1);
  chmr_result *result = NULL;
  options.known.struct_size = sizeof options;
  OK(chmr_predict(model, batch, &options.known, NULL, &result, &error));
  chmr_result_free(result);
  result = NULL;
  options.later = 1;
  EXPECT(CHMR_STATUS_UNSUPPORTED_OPTION, chmr_predict(model, batch, &options.known, NULL, &result, &error));
  CHECK(result == NULL);
  chmr_batch_free(batch);
}

int main(int argc, char **argv) {
  chmr_model *model = open_model(argc, argv);
  subsets(model);
  told(model, argc > 3 ? (size_t)atol(argv[3]) : 1000);
  versions(model);
  chmr_model_free(model);
  return finish();
}
