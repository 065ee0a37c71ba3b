/* Another thread cancels a long run, before and while it works; other runs do not notice. */
#define _POSIX_C_SOURCE 200809L
#include "host.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int started = 0, cancelled = 0;

/* Waits for the other thread to have cancelled: how the threads are scheduled decides nothing. */
static int32_t progress(size_t done, size_t total, void *user_data) {
  (void)user_data;
  CHECK(done < total);
  pthread_mutex_lock(&lock);
  started = 1;
  pthread_cond_broadcast(&changed);
  while (!cancelled) pthread_cond_wait(&changed, &lock);
  pthread_mutex_unlock(&lock);
  return CHMR_CONTINUE;
}

static void *cancel(void *run) {
  pthread_mutex_lock(&lock);
  while (!started) pthread_cond_wait(&changed, &lock);
  chmr_run_cancel(run, NULL);
  cancelled = 1;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
  return NULL;
}

int main(int argc, char **argv) {
  chmr_model *model = open_model(argc, argv);
  chmr_predict_options options = CHMR_PREDICT_OPTIONS_INIT;
  chmr_batch *batch = NULL;
  chmr_result *result = NULL;
  chmr_run *run = NULL;
  pthread_t thread;
  size_t i, rows = argc > 3 ? (size_t)atol(argv[3]) : 20000;
  OK(chmr_batch_new(&batch, &error));
  for (i = 0; i < rows; i++) OK(chmr_batch_add_smiles(batch, TEXT(GOOD[i % GOOD_COUNT]), &error));

  /* Cancelled before it starts. */
  OK(chmr_run_new(&run, &error));
  CHECK(chmr_run_is_cancelled(run) == 0);
  OK(chmr_run_cancel(run, &error));
  CHECK(chmr_run_is_cancelled(run) == 1);
  EXPECT(CHMR_STATUS_CANCELLED, chmr_predict(model, batch, NULL, run, &result, &error));
  chmr_run_free(run);

  /* Cancelled by another thread when it first tells of its progress. */
  options.progress = progress;
  OK(chmr_run_new(&run, &error));
  if (pthread_create(&thread, NULL, cancel, run) != 0) return 1;
  EXPECT(CHMR_STATUS_CANCELLED, chmr_predict(model, batch, &options, run, &result, &error));
  pthread_join(thread, NULL);
  CHECK(result == NULL && chmr_run_is_cancelled(run) == 1);
  chmr_run_free(run);

  /* The model and the batch are as good as new. */
  OK(chmr_batch_clear(batch, &error));
  OK(chmr_batch_add_smiles(batch, TEXT(GOOD[0]), &error));
  OK(chmr_predict(model, batch, NULL, NULL, &result, &error));
  CHECK(chmr_result_row_status(result, 0) == CHMR_STATUS_OK);
  chmr_result_free(result);
  chmr_batch_free(batch);
  chmr_model_free(model);
  return finish();
}
