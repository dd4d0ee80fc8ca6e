# Every warning of the house, as errors, for gcc 12 and clang 14 alike.
set(TEEREX_WARNINGS
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wcast-qual
    -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wundef -Wvla -Wnull-dereference
    -Wswitch-enum -Wimplicit-fallthrough -Werror)
add_compile_options(${TEEREX_WARNINGS})
add_compile_definitions(_GNU_SOURCE)
# Sources name each other relative to the root, so binaries do not depend on where they were built.
add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}=. -ffile-prefix-map=${CMAKE_BINARY_DIR}=build)
add_compile_options(-include ${CMAKE_SOURCE_DIR}/pkg/core/banned.h)
include_directories(${CMAKE_SOURCE_DIR}/pkg)
