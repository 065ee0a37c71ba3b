# find_package(chmr): the targets chmr::chmr (shared) and chmr::static.
include("${CMAKE_CURRENT_LIST_DIR}/chmrTargets.cmake")
