#include "chmr.h"
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
  const char *smiles = argc > 1 ? argv[1] : "CC(=O)Oc1ccccc1C(=O)O";
  const char *name = "bbbp/p_np"; /* probability of crossing the blood-brain barrier */
  chmr_error error;
  chmr_model *model = NULL;
  size_t task;
  float value;
  if (chmr_model_open_default(&model, &error) == CHMR_STATUS_OK &&
      chmr_model_find_task(model, name, strlen(name), &task, &error) == CHMR_STATUS_OK &&
      chmr_predict_smiles(model, smiles, strlen(smiles), &task, 1, &value, 1, &error) ==
          CHMR_STATUS_OK)
    printf("%s %s %.3f\n", smiles, name, value);
  else
    fprintf(stderr, "%s\n", error.message);
  chmr_model_free(model);
  return error.status != CHMR_STATUS_OK;
}
