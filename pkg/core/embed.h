/* A file whose bytes are part of the binary (cmake/Embed.cmake writes the tables). */
#pragma once

#include "str.h"

struct embedded_file {
    const char *name; /* path below the repository's root: "templates/units/prover.service" */
    struct str bytes;
};
