# Writes buildinfo.c when its content changes, so that an unchanged commit rebuilds nothing.
function(git_line out)
    execute_process(COMMAND git -C ${SOURCE} ${ARGN} OUTPUT_VARIABLE text RESULT_VARIABLE failed
        OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    if(failed)
        set(text "")
    endif()
    set(${out} "${text}" PARENT_SCOPE)
endfunction()

git_line(sha rev-parse HEAD)
git_line(dirty status --porcelain --untracked-files=no)
git_line(epoch log -1 --format=%ct)
if(sha STREQUAL "")
    set(sha "unknown")
endif()
if(NOT dirty STREQUAL "")
    set(sha "${sha}-dirty")
endif()
if(DEFINED ENV{SOURCE_DATE_EPOCH})
    set(epoch $ENV{SOURCE_DATE_EPOCH})
elseif(epoch STREQUAL "")
    set(epoch 0)
endif()
set(text "/* Written by cmake/WriteBuildInfo.cmake. */
#include \"buildinfo.h\"

const struct buildinfo BUILDINFO = {
    .version = \"${VERSION}\",
    .git_sha = \"${sha}\",
    .build_time_s = ${epoch},
};
")
set(old "")
if(EXISTS ${OUT})
    file(READ ${OUT} old)
endif()
if(NOT old STREQUAL text)
    file(WRITE ${OUT} "${text}")
endif()
