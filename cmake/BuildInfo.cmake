# What is compiled into the binaries: version, git sha (with -dirty), build time = commit time.
# Never the compose hash, the environment or the instance: those are given at start.
set(BUILDINFO_C ${CMAKE_BINARY_DIR}/buildinfo.c)
add_custom_target(buildinfo_refresh
    COMMAND ${CMAKE_COMMAND} -DOUT=${BUILDINFO_C} -DSOURCE=${CMAKE_SOURCE_DIR}
            -DVERSION=${PROJECT_VERSION} -P ${CMAKE_SOURCE_DIR}/cmake/WriteBuildInfo.cmake
    BYPRODUCTS ${BUILDINFO_C}
    COMMENT "Reading version and commit")
add_library(buildinfo STATIC ${BUILDINFO_C})
add_dependencies(buildinfo buildinfo_refresh)
target_include_directories(buildinfo PUBLIC ${CMAKE_SOURCE_DIR}/cmake)
