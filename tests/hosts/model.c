/* Opening models and what they say of themselves. Damaged and hostile files give a status from
 * 200 to 299 (or the limit), never a crash. */
#include "host.h"

#include <stdint.h>

static uint8_t *read_file(const char *path, size_t *length) {
  FILE *file = fopen(path, "rb");
  uint8_t *data;
  long end;
  if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (end = ftell(file)) < 0) exit(1);
  rewind(file);
  *length = (size_t)end;
  data = malloc(*length);
  if (data == NULL || fread(data, 1, *length, file) != *length) exit(1);
  fclose(file);
  return data;
}

static void refused(const uint8_t *data, size_t length) {
  chmr_model *model = NULL;
  chmr_status status = chmr_model_open_memory(data, length, &model, &error);
  CHECK(model == NULL);
  CHECK((status >= 200 && status < 300) || status == CHMR_STATUS_LIMIT);
  CHECK(error.message[0] != 0);
  chmr_model_free(model);
}

static void damaged(const uint8_t *data, size_t length, size_t samples) {
  uint8_t *copy = malloc(length);
  size_t i;
  uint32_t random = 1;
  if (copy == NULL) exit(1);
  for (i = 0; i < samples; i++) refused(data, length * i / samples); /* truncated */
  for (i = 0; i < samples; i++) {
    size_t at;
    random = random * 1664525u + 1013904223u;
    at = (size_t)((uint64_t)random * length >> 32);
    memcpy(copy, data, length);
    copy[at] ^= (uint8_t)(1u << i % 8);
    refused(copy, length);
  }
  for (i = 0; i < length; i++) copy[i] = (uint8_t)(random = random * 1664525u + 1013904223u, random >> 24);
  refused(copy, length);
  memset(copy, 0xff, length);
  memcpy(copy, "PK\3\4", 4);
  refused(copy, length);
  free(copy);
}

static void describes_itself(const chmr_model *model) {
  char text[128], again[128];
  size_t length = 0, task, found, count = chmr_model_task_count(model);
  chmr_task_kind kind;
  CHECK(count == 5);
  OK(chmr_model_text(model, CHMR_MODEL_FIELD_NAME, text, sizeof text, &length, &error));
  CHECK(strcmp(text, "test") == 0 && length == 4);
  OK(chmr_model_text(model, CHMR_MODEL_FIELD_VERSION, text, sizeof text, NULL, &error));
  CHECK(strcmp(text, "0.1.0") == 0);
  OK(chmr_model_text(model, CHMR_MODEL_FIELD_SHA256, NULL, 0, &length, &error));
  CHECK(length == 64);
  OK(chmr_model_text(model, CHMR_MODEL_FIELD_SHA256, text, 65, &length, &error));
  CHECK(strspn(text, "0123456789abcdef") == 64);
  for (task = 0; task < count; task++) {
    OK(chmr_model_task_text(model, task, CHMR_TASK_FIELD_NAME, text, sizeof text, &length, &error));
    OK(chmr_model_find_task(model, text, length, &found, &error));
    CHECK(found == task);
    EXPECT(CHMR_STATUS_NOT_FOUND, chmr_model_find_task(model, text, length - 1, &found, &error));
    OK(chmr_model_task_text(model, task, CHMR_TASK_FIELD_DATASET, again, sizeof again, &length, &error));
    CHECK(strncmp(text, again, length) == 0 && text[length] == '/');
    OK(chmr_model_task_text(model, task, CHMR_TASK_FIELD_COLUMN, again, sizeof again, NULL, &error));
    CHECK(strcmp(text + length + 1, again) == 0);
    OK(chmr_model_task_text(model, task, CHMR_TASK_FIELD_DESCRIPTION, again, sizeof again, NULL, &error));
    OK(chmr_model_task_kind(model, task, &kind, &error));
    CHECK(kind == (task < 3 ? CHMR_TASK_KIND_CLASSIFICATION : CHMR_TASK_KIND_REGRESSION));
  }
  OK(chmr_model_task_text(model, 0, CHMR_TASK_FIELD_UNIT, text, 1, &length, &error));
  CHECK(text[0] == 0 && length == 0);
  OK(chmr_model_task_text(model, 4, CHMR_TASK_FIELD_UNIT, text, sizeof text, NULL, &error));
  CHECK(strcmp(text, "log10 \xc2\xb5g/mL") == 0);
  OK(chmr_model_task_text(model, 4, CHMR_TASK_FIELD_DIRECTION, text, sizeof text, NULL, &error));
  CHECK(strcmp(text, "more soluble") == 0);
}

/* Within bounds that the caller sets. */
static void bounded(const char *path, const uint8_t *data, size_t length) {
  chmr_model *model = NULL;
  chmr_open_options options = CHMR_OPEN_OPTIONS_INIT;
  OK(chmr_model_open_with(TEXT(path), &options, &model, &error));
  describes_itself(model);
  chmr_model_free(model);
  model = NULL;
  OK(chmr_model_open_memory_with(data, length, NULL, &model, &error));
  chmr_model_free(model);
  model = NULL;
  options.tasks = 1;
  EXPECT(CHMR_STATUS_LIMIT, chmr_model_open_with(TEXT(path), &options, &model, &error));
  EXPECT(CHMR_STATUS_LIMIT, chmr_model_open_memory_with(data, length, &options, &model, &error));
  CHECK(model == NULL && error.message[0] != 0);
}

int main(int argc, char **argv) {
  chmr_model *model, *again = NULL;
  size_t length, samples = argc > 3 ? (size_t)atol(argv[3]) : 300;
  uint8_t *data;
  if (argc < 2) return 2;
  model = open_model(argc, argv);
  describes_itself(model);
  data = read_file(argv[1], &length);
  OK(chmr_model_open_memory(data, length, &again, &error));
  bounded(argv[1], data, length);
  damaged(data, length, samples);
  free(data);
  describes_itself(again); /* its bytes were copied */
  chmr_model_free(again);
  chmr_model_free(model);
  return finish();
}
