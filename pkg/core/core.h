/* The bottom of the house: errors, strings, buffers, memory, time, encodings, capabilities.
 * Knows nothing of files' contents, networks or formats; everything above may include it. */
#pragma once

#include "arena.h"
#include "buf.h"
#include "cap.h"
#include "clock.h"
#include "embed.h"
#include "encode.h"
#include "error.h"
#include "ident.h"
#include "mem.h"
#include "secret.h"
#include "signals.h"
#include "str.h"
