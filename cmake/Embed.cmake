# embed_files(TARGET SYMBOL files…): the files' bytes as a const table inside the library TARGET.
# The table type and its lookup are in the including module; each entry is {name, bytes, length}.
function(embed_files target symbol)
    set(out ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.c)
    add_custom_command(OUTPUT ${out}
        COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DSYMBOL=${symbol} "-DFILES=${ARGN}"
                -DROOT=${CMAKE_SOURCE_DIR} -P ${CMAKE_SOURCE_DIR}/cmake/WriteEmbed.cmake
        DEPENDS ${ARGN} ${CMAKE_SOURCE_DIR}/cmake/WriteEmbed.cmake VERBATIM)
    target_sources(${target} PRIVATE ${out})
endfunction()
