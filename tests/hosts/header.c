/* The header compiles on its own and when included twice. */
#include "chmr.h"
#include "chmr.h"

int main(void) { return 0; }
