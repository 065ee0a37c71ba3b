// The header compiles on its own and when included twice, and its names have C linkage.
#include "chmr.h"
#include "chmr.h"

int main() { return chmr_version() == nullptr; }
