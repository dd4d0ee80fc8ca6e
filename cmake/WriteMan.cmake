# Writes a man page for each topic of the command table: TEEREXCTL is the binary, OUT a directory.
execute_process(COMMAND ${TEEREXCTL} docs topics OUTPUT_VARIABLE topics COMMAND_ERROR_IS_FATAL ANY)
string(REPLACE "\n" ";" topics "${topics}")
foreach(row IN LISTS topics)
    if(row MATCHES "^([^\t]+)\t(.*)$")
        set(words docs man)
        if(NOT CMAKE_MATCH_2 STREQUAL "")
            list(APPEND words "${CMAKE_MATCH_2}")
        endif()
        execute_process(COMMAND ${TEEREXCTL} ${words} OUTPUT_FILE ${OUT}/${CMAKE_MATCH_1}.1
            COMMAND_ERROR_IS_FATAL ANY)
    endif()
endforeach()
