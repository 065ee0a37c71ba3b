/* The header and the library that is linked are of one version. */
#include "chmr.h"

#include <stdio.h>
#include <string.h>

int main(void) {
  char numbers[64];
  snprintf(numbers, sizeof numbers, "%d.%d.%d", CHMR_VERSION_MAJOR, CHMR_VERSION_MINOR,
           CHMR_VERSION_PATCH);
  if (strcmp(chmr_version(), CHMR_VERSION) != 0) return 1;
  if (strncmp(CHMR_VERSION, numbers, strlen(numbers)) != 0) return 2;
  if (chmr_abi_version() != CHMR_ABI_VERSION) return 3;
  if (chmr_abi_oldest() < 1 || chmr_abi_oldest() > chmr_abi_version()) return 4;
  return 0;
}
